// Loads the Go module, once for all clients of the page, and starts it again
// when it has died. The session is in the storage, so it may die at any time.
import { beside } from './beside.js'
import { AuthError } from './errors.js'
import { parse } from './host/server.js'
import { checkSource } from './options.js'
import { load } from './runtime.js'
import type { AuthOptions } from './types.js'
import type { Exports } from './wasm.js'

type Source = AuthOptions['wasm']

/** A module that dies this often within that time is not started again until the time is over. */
const deaths = 3
const deathSpan = 30_000

/** How long the module may take to arrive, in milliseconds: requests wait for it. */
const patience = 60_000

let compiled: Promise<WebAssembly.Module> | undefined
let running: Promise<Exports> | undefined
let died: number[] = []
const mourners = new Set<(error: AuthError) => void>()

/** Resolves to the module's functions; starts it where it does not run. */
export function start(source: Source, fetch: typeof globalThis.fetch): Promise<Exports> {
  running ??= begin(source, fetch).catch((error: unknown) => {
    running = undefined // a later call tries again
    throw failure(error)
  })
  return running
}

/** Calls `mourner` each time the module dies. Returns a function that ends that. */
export function onDeath(mourner: (error: AuthError) => void): () => void {
  mourners.add(mourner)
  return () => mourners.delete(mourner)
}

/** To be called with what a function of the module threw: it runs no more. */
export function bury(cause: unknown): AuthError {
  const error = new AuthError(
    'wasm_failed',
    'The wasm module has stopped; the session is stored, and the next call starts it again',
    {
      transient: true,
      cause,
    },
  )
  running = undefined
  died.push(Date.now())
  for (const mourner of mourners) mourner(error)
  return error
}

async function begin(source: Source, fetch: typeof globalThis.fetch): Promise<Exports> {
  died = died.filter((time) => time > Date.now() - deathSpan)
  if (died.length >= deaths)
    throw new Error(`it has stopped ${deaths} times within ${deathSpan / 1000} seconds`)
  if (typeof WebAssembly === 'undefined')
    throw new Error('this browser runs no WebAssembly, as in a lockdown mode')
  compiled ??= compile(source, fetch)
  let module: WebAssembly.Module
  try {
    module = await compiled
  } catch (error) {
    compiled = undefined
    throw error
  }
  return new Promise<Exports>((resolve, reject) => {
    let alive: Exports | undefined
    let over = false
    const end = (cause: unknown) => {
      if (over) return
      over = true
      if (alive) bury(cause)
      else reject(cause)
    }
    const guarded = (exports: Exports): Exports => {
      const safe: Record<string, unknown> = {}
      for (const [name, fn] of Object.entries(exports) as [string, (...args: unknown[]) => unknown][])
        safe[name] = (...args: unknown[]) => {
          if (over) return undefined
          try {
            return fn(...args)
          } catch (error) {
            end(error)
            return undefined
          }
        }
      return safe as unknown as Exports
    }
    const { go, scope } = load(end)
    scope['__authfetch'] = {
      parse,
      start(exports: Exports) {
        alive = guarded(exports)
        resolve(alive)
      },
    }
    WebAssembly.instantiate(module, go.importObject).then(
      (instance) => go.run(instance).then(() => end(new Error('The Go program has ended')), end),
      end,
    )
  })
}

/** Names what keeps the module from running. */
function failure(error: unknown): AuthError {
  const message = error instanceof Error ? error.message : String(error)
  const blocked = /unsafe-eval|content security policy/i.test(message)
  const hint = blocked
    ? "; the page's Content-Security-Policy must allow 'wasm-unsafe-eval' in script-src"
    : ''
  return new AuthError('wasm_failed', `The wasm module could not be started: ${message}${hint}`, {
    transient: !blocked,
    cause: error instanceof Error && error.cause !== undefined ? error.cause : error,
  })
}

async function compile(source: Source, fetch: typeof globalThis.fetch): Promise<WebAssembly.Module> {
  const found: unknown = await Promise.resolve(source ?? beside())
  checkSource(found)
  if (found instanceof WebAssembly.Module) return found
  if (found instanceof ArrayBuffer || ArrayBuffer.isView(found))
    return WebAssembly.compile(found as BufferSource)
  if (typeof Response !== 'undefined' && found instanceof Response)
    return named(found.url || 'the Response', compileResponse(found))
  const url = new URL(found as string | URL, globalThis.document?.baseURI ?? globalThis.location?.href)
  // Node's fetch reads no files; Node does, also where a test's jsdom makes it look like a page.
  const fs = url.protocol === 'file:' ? fileSystem() : undefined
  if (fs) return WebAssembly.compile(fs.readFileSync(url))
  const signal = AbortSignal.timeout(patience)
  return named(url.href, fetch(url, { signal }).then(compileResponse))
}

/** Says in an error where the module should have come from. */
async function named(address: string, work: Promise<WebAssembly.Module>): Promise<WebAssembly.Module> {
  try {
    return await work
  } catch (cause) {
    throw new Error(`${address}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

async function compileResponse(response: Response): Promise<WebAssembly.Module> {
  if (!response.ok) throw new Error(`the server answered ${response.status}`)
  const type = response.headers.get('content-type') ?? ''
  // Only this type may be compiled while it streams.
  if (type.trim().toLowerCase() === 'application/wasm') return WebAssembly.compileStreaming(response)
  const bytes = await response.arrayBuffer()
  const magic = new Uint8Array(bytes, 0, Math.min(4, bytes.byteLength))
  if (String.fromCharCode(...magic) !== '\0asm')
    throw new Error(`what is served there is not WebAssembly but ${type || 'of an unknown type'}`)
  return WebAssembly.compile(bytes)
}

/** Node's own, without an import that a bundler for browsers would see. */
function fileSystem() {
  const { process } = globalThis as unknown as { process?: { getBuiltinModule?(name: string): unknown } }
  return process?.getBuiltinModule?.('fs') as { readFileSync(url: URL): Uint8Array<ArrayBuffer> } | undefined
}
