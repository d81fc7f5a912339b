/** What only a signed-in user gets to see. */
import { auth } from './auth'
import { byId, definitions, element } from './dom'
import type { View } from './router'

const body = byId('data')

interface Profile {
  name: string
  role: string
  born: number
}

interface Item {
  id: number
  title: string
}

const LOADERS: Record<Exclude<View, 'signin'>, () => Promise<Node>> = {
  async profile() {
    const profile = await load<Profile>('/api/me')
    const list = element('dl', 'rows')
    list.append(
      ...definitions([
        ['Name', profile.name],
        ['Role', profile.role],
        ['Born', String(profile.born)],
      ]),
    )
    return list
  },
  async items() {
    const items = await load<Item[]>('/api/items?n=6')
    const list = element('ol', 'items')
    list.append(...items.map((item) => element('li', '', item.title)))
    return list
  },
}

async function load<T>(path: string): Promise<T> {
  const response = await auth.fetch(path)
  if (!response.ok) throw new Error(`The server answered ${response.status}.`)
  return response.json() as Promise<T>
}

let turn = 0

export async function showData(view: Exclude<View, 'signin'>): Promise<void> {
  for (const link of document.querySelectorAll<HTMLAnchorElement>('.tab')) {
    if (link.dataset.view === view) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
  turn += 1
  const mine = turn
  body.setAttribute('aria-busy', 'true')
  const content = await LOADERS[view]().catch((error: unknown) =>
    element('p', 'problem', error instanceof Error ? error.message : String(error)),
  )
  // Somebody may have gone on to another view meanwhile.
  if (mine !== turn) return
  body.replaceChildren(content)
  body.removeAttribute('aria-busy')
}

export function forgetData(): void {
  turn += 1
  body.replaceChildren()
}
