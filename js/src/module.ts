// Loads a Go module, once for all clients of the page, and starts it again when it
// has died. The session is in the storage, so it may die at any time.
import { beside } from './beside.js'
import { AuthError } from './errors.js'
import { parse } from './host/server.js'
import { checkSource } from './options.js'
import { load } from './runtime.js'
import type { AuthOptions } from './types.js'

type Source = AuthOptions['wasm']

/** A module that dies this often within that time is not started again until the time is over. */
const deaths = 3
const deathSpan = 30_000

/** How long the module may take to arrive, in milliseconds: requests wait for it. */
const patience = 60_000

/** One module, such as the one of the rules, which all clients share. */
export class Module<Functions extends object> {
  private compiled: Promise<WebAssembly.Module> | undefined
  private running: Promise<Functions> | undefined
  private died: number[] = []
  private readonly mourners = new Set<(error: AuthError) => void>()

  /** Resolves to the module's functions; starts it where it does not run. */
  start(source: Source, fetch: typeof globalThis.fetch): Promise<Functions> {
    this.running ??= this.begin(source, fetch).catch((error: unknown) => {
      this.running = undefined // a later call tries again
      throw failure(error)
    })
    return this.running
  }

  /** Calls `mourner` each time the module dies. Returns a function that ends that. */
  onDeath(mourner: (error: AuthError) => void): () => void {
    this.mourners.add(mourner)
    return () => this.mourners.delete(mourner)
  }

  /** To be called with what a function of the module threw: it runs no more. */
  private bury(cause: unknown): void {
    const error = new AuthError(
      'wasm_failed',
      'The wasm module has stopped; the session is stored, and the next call starts it again',
      {
        transient: true,
        cause,
      },
    )
    this.running = undefined
    this.died.push(Date.now())
    for (const mourner of this.mourners) mourner(error)
  }

  private async begin(source: Source, fetch: typeof globalThis.fetch): Promise<Functions> {
    this.died = this.died.filter((time) => time > Date.now() - deathSpan)
    if (this.died.length >= deaths)
      throw new Error(`it has stopped ${deaths} times within ${deathSpan / 1000} seconds`)
    if (typeof WebAssembly === 'undefined')
      throw new Error('this browser runs no WebAssembly, as in a lockdown mode')
    this.compiled ??= compile(source, fetch)
    let module: WebAssembly.Module
    try {
      module = await this.compiled
    } catch (error) {
      this.compiled = undefined
      throw error
    }
    return new Promise<Functions>((resolve, reject) => {
      let alive: Functions | undefined
      let over = false
      const end = (cause: unknown) => {
        if (over) return
        over = true
        if (alive) this.bury(cause)
        else reject(cause)
      }
      const guarded = (exports: Functions): Functions => {
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
        return safe as unknown as Functions
      }
      const { go, scope } = load(end)
      scope['__authfetch'] = {
        parse,
        start(exports: Functions) {
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
}

/** Names what keeps the module from running. */
function failure(error: unknown): AuthError {
  const message = error instanceof Error ? error.message : String(error)
  const blocked = /unsafe-eval|content security policy|blocked by CSP/i.test(message)
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
