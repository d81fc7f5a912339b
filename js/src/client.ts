// One client: it numbers requests and calls for the Go module, and gives it the
// functions of its port. See wasm/main_js.go for the contract.
import { AuthError, type AuthErrorCode } from './errors.js'
import { Exchange, isPlain, Outgoing, signalOf, type Decider } from './exchange.js'
import { handOver, left } from './host/escrow.js'
import * as ledger from './host/ledger.js'
import * as lock from './host/lock.js'
import { hasPage } from './host/page.js'
import { Pending } from './host/pending.js'
import { describe, describeAnswer, describeThrown, send } from './host/server.js'
import { areaOf, type Area, type Changes } from './host/storage.js'
import { listen, type Tabs } from './host/tabs.js'
import { Module } from './module.js'
import type { Checked } from './options.js'
import { Standing } from './standing.js'
import type {
  AuthEvent,
  AuthEventType,
  AuthListener,
  AuthRequestInit,
  Credentials,
  FailedRefreshHandler,
  Session,
  Tokens,
  TraceEvent,
} from './types.js'
import type { Exports, Verdict, WireError, WireReply, WireSession } from './wasm.js'

/** The module of the rules, wasm/main_js.go. */
const rules = /* @__PURE__ */ new Module<Exports>()

let lastNumber = 0

/** Numbers clients, requests and calls; no two alike in a page. */
const nextNumber = () => ++lastNumber

interface Call {
  resolve(value: unknown): void
  reject(error: unknown): void
}

export class Client implements Decider {
  readonly headerName: string
  readonly origins: readonly string[]
  readonly spared = new Set<string>()
  private readonly baseUrl: string | undefined
  fetch: typeof fetch
  copies = false
  readonly tracing: boolean
  readonly isUnauthorized: Decider['isUnauthorized']
  private readonly number = nextNumber()
  private readonly area: Area
  private readonly tabs: Tabs
  private readonly listeners = new Map<AuthEventType, Set<AuthListener>>()
  private readonly handlers = new Set<FailedRefreshHandler>()
  private readonly credentials = new Map<string, Credentials>()
  private readonly exchanges = new Pending<Exchange>()
  private readonly calls = new Pending<Call>()
  private readonly asks = new Map<number, AbortController>()
  private readonly locks = new Map<number, () => void>()
  private readonly standing: Standing
  private readonly stopMourning: () => void
  /** The module, from when this client begins to open in it. */
  private module: Exports | undefined
  /** The module, once this client is open in it. */
  private wasm: Exports | undefined
  private opening: Promise<void> | undefined
  private closed = false
  private printing: ReturnType<typeof printer> | undefined
  private end!: (error: AuthError) => void
  /** Rejects when the client is closed. */
  private readonly ending = new Promise<never>((_, reject) => (this.end = reject))

  constructor(private readonly checked: Checked) {
    const { config, options } = checked
    this.headerName = config.headerName
    this.origins = config.origins
    this.baseUrl = checked.baseUrl
    this.fetch = checked.fetch
    this.tracing = Boolean(options.debug)
    this.isUnauthorized = options.isUnauthorized
    this.area = areaOf(checked.storage)
    this.standing = new Standing(config)
    const keys = [config.name, ...Object.values(config.keys)]
    this.tabs = listen(this.sharedName, keys, this.area.shared && hasPage(), {
      hear: (text) => this.wasm?.hear(this.number, text),
      look: () => this.wasm?.look(this.number),
      wake: () => this.wasm?.wake(this.number),
    })
    this.stopMourning = rules.onDeath((error) => this.abandon(error))
    this.ending.catch(() => {}) // nobody need be waiting
  }

  private get sharedName(): string {
    return `authfetch:${this.checked.config.name}`
  }

  // What the public API calls.

  /** Resolves once the module runs and the stored session has been read. */
  open(): Promise<void> {
    if (this.closed) return this.ending
    this.opening ??= Promise.race([this.begin(), this.ending]).catch((error: unknown) => {
      this.opening = undefined // a later call tries again
      throw error
    })
    return this.opening
  }

  private async begin(): Promise<void> {
    const wasm = await rules.start(this.checked.options.wasm, this.checked.pageFetch)
    if (this.closed) throw closedError()
    wasm.open(this.number, this.checked.config, this.port)
    await this.send(wasm, 'ready')
    this.wasm = wasm
  }

  opened(): Promise<void> | undefined {
    return this.wasm ? undefined : this.open()
  }

  request(...args: [input?: RequestInfo | URL, init?: AuthRequestInit]): Promise<Response> {
    const [input, init] = args as [RequestInfo | URL, AuthRequestInit?]
    // Which says that one is required.
    if (args.length === 0) return promised(() => (this.fetch as () => Promise<Response>)())
    const target = this.resolved(input)
    const raw = () => this.fetch(target, withoutAuth(init))
    if (init?.auth === false || signalOf(input, init)?.aborted) return promised(raw)
    let exchange: Exchange
    try {
      exchange = new Exchange(this, nextNumber(), new Outgoing(this, target, init))
    } catch {
      return promised(raw) // the browser says best what is wrong with its arguments
    }
    return exchange.start()
  }

  /** A relative URL is one of `baseUrl`'s; what is no URL the browser is to refuse. */
  private resolved(input: RequestInfo | URL): RequestInfo | URL {
    if (this.baseUrl === undefined || typeof input !== 'string') return input
    return URL.canParse(input, this.baseUrl) ? new URL(input, this.baseUrl).href : input
  }

  async call(method: string, ...args: unknown[]): Promise<unknown> {
    while (!this.wasm) await this.open()
    return this.send(this.wasm, method, ...args)
  }

  async signin(given: Credentials, credentials: Record<string, unknown>): Promise<unknown> {
    const name = String(nextNumber())
    this.credentials.set(name, given)
    try {
      return await this.call('signin', credentials, name)
    } finally {
      this.credentials.delete(name)
    }
  }

  onFailedRefresh(handler: FailedRefreshHandler): () => void {
    // Each registration is its own, though the function may be the same.
    const own: FailedRefreshHandler = (error) => handler(error)
    this.handlers.add(own)
    return () => this.handlers.delete(own)
  }

  on(type: AuthEventType, listener: AuthListener): () => void {
    const own: AuthListener = (event) => listener(event)
    let set = this.listeners.get(type)
    if (!set) this.listeners.set(type, (set = new Set()))
    set.add(own)
    return () => set.delete(own)
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    // Go ends what it knows of; what has not reached it yet ends with `ending`.
    this.module?.close(this.number)
    this.wasm = undefined
    this.end(closedError())
    this.tabs.close()
    this.stopMourning()
  }

  // What an exchange asks.

  authorize(exchange: Exchange): Verdict {
    const { url, flags } = exchange
    return this.standing.verdict(url, flags, () => {
      this.exchanges.set(exchange.id, exchange)
      return this.noted(exchange, this.wasm!.authorize(this.number, exchange.id, url, flags))
    })
  }

  unauthorized(exchange: Exchange, url: string, credential: string): Verdict {
    if (!this.wasm) return null // it has died, or the client is closed: nobody can refresh
    this.exchanges.set(exchange.id, exchange)
    const verdict = this.wasm.unauthorized(this.number, exchange.id, url, exchange.flags, credential)
    return this.noted(exchange, verdict)
  }

  forget(exchange: Exchange): void {
    if (this.exchanges.delete(exchange.id)) this.wasm?.forget(this.number, exchange.id)
  }

  /** An exchange is kept by its number only while it waits. */
  private noted(exchange: Exchange, verdict: Verdict): Verdict {
    if (verdict !== undefined) this.exchanges.delete(exchange.id)
    return verdict
  }

  // What Go calls. Nothing here throws, and nothing calls back into Go before Go
  // has returned.

  private readonly port = {
    ask: (ask: number, name: keyof Client['answers'], ...args: never[]) => {
      const controller = new AbortController()
      this.asks.set(ask, controller)
      const settle = (ok: boolean, value: unknown) => {
        if (this.asks.delete(ask)) this.module?.settle(ask, ok, value)
      }
      controller.signal.addEventListener('abort', () =>
        queueMicrotask(() => settle(false, controller.signal.reason)),
      )
      const answer = this.answers[name] as (signal: AbortSignal, ...args: never[]) => unknown
      promised(async () => answer(controller.signal, ...args)).then(
        (value) => settle(true, value),
        (error: unknown) => settle(false, error),
      )
    },
    cancel: (ask: number) => this.asks.get(ask)?.abort(),
    resume: (request: number, credential: string | null) =>
      this.release(request, (exchange) => exchange.obey(credential)),
    reject: (request: number, error: WireError) =>
      this.release(request, (exchange) => exchange.fail(errorOf(error))),
    settle: (call: number, ok: boolean, value: unknown) => {
      const settled = this.calls.get(call)
      this.calls.delete(call)
      if (ok) settled?.resolve(value)
      else settled?.reject(errorOf(value as WireError))
    },
    emit: (type: AuthEventType, remote: boolean, session: WireSession | null, error: WireError | null) => {
      const event: AuthEvent = {
        type,
        remote,
        session: sessionOf(session),
        ...(error ? { error: errorOf(error) } : {}),
      }
      queueMicrotask(() => {
        for (const listener of [...(this.listeners.get(type) ?? [])]) void reported(() => listener(event))
      })
    },
    trace: (
      type: string,
      reason: string,
      attempt: number,
      delay: number,
      status: number,
      transient: boolean,
      remote: boolean,
    ) => {
      if (!this.tracing) return
      this.trace(type, {
        ...(reason ? (type.endsWith('.fail') ? { code: reason, transient } : { reason }) : {}),
        ...(attempt ? { attempt } : {}),
        ...(delay ? { delay } : {}),
        ...(status ? { status } : {}),
        ...(type.startsWith('session.') ? { remote } : {}),
      })
    },
    stand: (credential: string, until: number) => this.standing.replace(credential, until),
    tell: (text: string) => this.tabs.tell(text),
    unlock: (number: number) => {
      this.locks.get(number)?.()
      this.locks.delete(number)
    },
    yield: (holder: string) => void lock.yieldLease(this.area, this.sharedName, holder).catch(() => {}),
    visible: () => typeof document === 'undefined' || document.visibilityState === 'visible',
  }

  /** What Go asks for and waits for. They may throw, and reject. */
  private readonly answers = {
    read: (_: AbortSignal, keys: string[]) => this.area.read(keys),
    write: (_: AbortSignal, changes: Changes) => this.area.write(changes),
    newest: () => (this.ordered ? ledger.newest(this.sharedName) : null),
    advance: async (_: AbortSignal, from: number, to: number, changes: Changes) => {
      if (!this.ordered) return null
      if (this.area.immediate)
        return ledger.advance(this.sharedName, from, to, () => void this.area.write(changes))
      const free = await ledger.advance(this.sharedName, from, to, () => {})
      if (free) await this.area.write(changes)
      return free
    },
    lock: async (signal: AbortSignal, steal: boolean) => {
      const turns = this.area.shared || this.hasCookie
      const release = turns ? await lock.lock(this.sharedName, steal, signal) : () => {}
      if (!release) return null
      const number = nextNumber()
      this.locks.set(number, release)
      return number
    },
    // A storage that cannot be used is shared with nobody: nobody's turn is taken.
    claim: (_: AbortSignal, holder: string, length: number) =>
      lock.claim(this.area, this.sharedName, holder, length).catch(() => true),
    post: async (
      signal: AbortSignal,
      url: string,
      method: string,
      headers: string[],
      body: string | null,
      credentials: string,
      keepalive: boolean,
      key: string,
    ) => {
      const { timeout } = this.checked.config
      const call = { url, method, headers, body, credentials, keepalive, timeout }
      // What an application sends with a fetch of its own, no worker can send.
      const worker = key && this.ordered && !this.checked.options.fetch
      const handed = worker && (await handOver(this.sharedName, key, call, signal))
      return describe(handed || (await send(this.fetch, call, signal)))
    },
    left: (signal: AbortSignal, key: string) => left(this.sharedName, key, signal),
    invoke: async (
      signal: AbortSignal,
      endpoint: 'signin' | 'refresh' | 'signout',
      argument: string,
    ): Promise<WireReply> => {
      const call = this.checked.options[endpoint] as (argument: unknown, context: object) => unknown
      try {
        return await describeAnswer(
          await call(endpoint === 'signin' ? this.credentials.get(argument) : argument, {
            signal,
            fetch: this.fetch,
          }),
        )
      } catch (error) {
        const described = describeThrown(error)
        if (described) return described
        throw error
      }
    },
    failed: async (_: AbortSignal, error: WireError) => {
      const failure = errorOf(error)
      let given: unknown
      for (const handler of [...this.handlers])
        await reported(async () => {
          given ??= await handler(failure)
        })
      return typeof given === 'object' && given !== null
        ? (JSON.parse(JSON.stringify(given)) as Tokens)
        : given
    },
    isFinal: (_: AbortSignal, error: WireError) =>
      this.checked.options.isFinal!(error.response ?? error.cause ?? errorOf(error)),
  }

  trace(type: string, fields: Partial<TraceEvent>): void {
    const { debug } = this.checked.options
    const event: TraceEvent = {
      at: performance.timeOrigin + performance.now(),
      client: this.checked.config.name,
      type,
      ...fields,
    }
    queueMicrotask(() => {
      if (typeof debug === 'function') void reported(() => debug(event))
      else void (this.printing ??= printer()).then((print) => print(event))
    })
  }

  /** Whether tabs share a refresh token, although each may have a session of its own. */
  private get hasCookie(): boolean {
    const { refresh } = this.checked.config
    return hasPage() && Boolean(refresh && typeof refresh === 'object' && refresh.cookie)
  }

  private get ordered(): boolean {
    return this.area.shared && hasPage()
  }

  private release(request: number, then: (exchange: Exchange) => void): void {
    const exchange = this.exchanges.get(request)
    this.exchanges.delete(request)
    // Not now: sending runs the application's own fetch, which may call back.
    if (exchange) queueMicrotask(() => then(exchange))
  }

  private send(wasm: Exports, method: string, ...args: unknown[]): Promise<unknown> {
    this.module = wasm
    return new Promise((resolve, reject) => {
      const call = nextNumber()
      this.calls.set(call, { resolve, reject })
      wasm.call(this.number, call, method, ...args)
    })
  }

  /** Ends all that waits for a module that is gone. */
  private abandon(error: AuthError): void {
    this.standing.replace('', 0)
    this.wasm = undefined
    this.module = undefined
    this.opening = undefined
    for (const release of this.locks.values()) release()
    for (const controller of this.asks.values()) controller.abort()
    const calls = [...this.calls.values()]
    const exchanges = [...this.exchanges.values()]
    for (const map of [this.locks, this.asks, this.calls, this.exchanges]) map.clear()
    for (const call of calls) call.reject(error)
    for (const exchange of exchanges) exchange.fail(error)
  }
}

/** The init as the browser knows it. */
function withoutAuth(init: AuthRequestInit | undefined): RequestInit | undefined {
  // A class instance, or a Request, is handed on: the browser passes over `auth`.
  if (!init || !isPlain(init) || !('auth' in init)) return init
  const rest = { ...init }
  delete rest.auth
  return rest
}

/** The words for the console are loaded with the first event; without them it gets the events. */
function printer(): Promise<(event: TraceEvent) => void> {
  return import('./debug.js').then(
    (words) => words.printer(),
    () => console.debug,
  )
}

function closedError(): AuthError {
  return new AuthError('closed', 'The client has been closed')
}

/** Calls a function whose exception becomes a rejection. */
async function promised<T>(call: () => T | Promise<T>): Promise<T> {
  return call()
}

/** Calls a callback of the application. Its exception is the page's to report, not ours to swallow. */
function reported<T>(call: () => T | Promise<T>): Promise<T | undefined> {
  return promised(call).catch((error: unknown) => {
    if (typeof reportError === 'function') reportError(error)
    else
      queueMicrotask(() => {
        throw error
      })
    return undefined
  })
}

export function sessionOf(wire: WireSession | null): Session | null {
  if (!wire) return null
  const { claims, ...session } = wire
  return Object.freeze({
    ...session,
    claims: claims ? (JSON.parse(claims) as Record<string, unknown>) : null,
  })
}

function errorOf(wire: WireError): AuthError {
  const { code, message, cause, response, ...fields } = wire
  return new AuthError(code as AuthErrorCode, message, {
    ...fields,
    ...(response ? { response } : {}),
    cause: isWireError(cause) ? errorOf(cause) : cause,
  })
}

function isWireError(cause: unknown): cause is WireError {
  return (
    typeof cause === 'object' &&
    cause !== null &&
    !(cause instanceof Error) &&
    'code' in cause &&
    'transient' in cause
  )
}
