// Where a session is kept: a Web Storage area, the application's adapter, or
// memory. https://html.spec.whatwg.org/multipage/webstorage.html
import type { StorageKind } from '../options.js'
import type { StorageAdapter } from '../types.js'

/** Keys and texts in turn; null in place of a text removes the key. */
export type Changes = readonly (string | null)[]

export interface Area {
  read(keys: readonly string[]): Promise<(string | null)[]>
  write(changes: Changes): unknown
  /** Whether the tabs of this origin see what this one writes. */
  readonly shared: boolean
  /** Whether write is done when it returns, so that it fits into a transaction. */
  readonly immediate: boolean
}

export function areaOf(kind: StorageKind): Area {
  if (kind === 'memory') return memory()
  if (kind === 'local') return adapted(webStorage('localStorage'), true, true)
  if (kind === 'session') return adapted(webStorage('sessionStorage'), false, true)
  return adapted(kind, true, false)
}

function adapted(adapter: StorageAdapter, shared: boolean, immediate: boolean): Area {
  return {
    shared,
    immediate,
    async read(keys) {
      const texts = await Promise.all(keys.map(async (key) => adapter.get(key)))
      return texts.map((text) => text ?? null)
    },
    write(changes) {
      const steps = pairs(changes).map(
        ([key, text]) =>
          () =>
            text === null ? adapter.remove(key) : adapter.set(key, text),
      )
      if (immediate) {
        for (const step of steps) step()
        return undefined
      }
      // The order counts: the last entry vouches for the others.
      return steps.reduce<Promise<unknown>>((before, step) => before.then(step), Promise.resolve())
    },
  }
}

/** The area is looked up each time: even that can throw, where cookies are blocked. */
function webStorage(name: 'localStorage' | 'sessionStorage'): StorageAdapter {
  const area = () => {
    const found = globalThis[name] as Storage | null | undefined
    if (!found) throw new Error(`There is no ${name} here`)
    return found
  }
  return {
    get: (key) => area().getItem(key),
    set: (key, value) => area().setItem(key, value),
    remove: (key) => area().removeItem(key),
  }
}

function memory(): Area {
  const texts = new Map<string, string>()
  return {
    shared: false,
    immediate: true,
    read: async (keys) => keys.map((key) => texts.get(key) ?? null),
    write(changes) {
      for (const [key, text] of pairs(changes)) {
        if (text === null) texts.delete(key)
        else texts.set(key, text)
      }
    },
  }
}

function pairs(changes: Changes): [key: string, text: string | null][] {
  const list: [string, string | null][] = []
  for (let i = 0; i + 1 < changes.length; i += 2) list.push([changes[i]!, changes[i + 1]!])
  return list
}
