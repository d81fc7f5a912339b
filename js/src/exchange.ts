// One call of auth.fetch, from its arguments to its answer. Go decides how it
// sets out and what becomes of a refusal; this carries that out. Headers and
// body stay as the browser knows them.
import type { AuthRequestInit, TraceEvent } from './types.js'
import { ALWAYS, FORCE, NEVER, OWN, type Verdict } from './wasm.js'

/** What an exchange needs of its client. */
export interface Decider {
  readonly headerName: string
  readonly origins: readonly string[]
  /** URLs without their query, to which no token goes although they are of one of the origins. */
  readonly spared: ReadonlySet<string>
  readonly fetch: typeof fetch
  /** Whether `fetch` sends copies of what it is given, as a prover does. */
  readonly copies: boolean
  readonly tracing: boolean
  readonly isUnauthorized: ((response: Response, request: Request) => boolean | Promise<boolean>) | undefined
  trace(type: string, fields: Partial<TraceEvent>): void
  /** Resolves once the rules can be asked; undefined where they can be at once. */
  opened(): Promise<void> | undefined
  authorize(exchange: Exchange): Verdict
  unauthorized(exchange: Exchange, url: string, credential: string): Verdict
  forget(exchange: Exchange): void
}

export class Exchange {
  readonly answer: Promise<Response>
  private resolve!: (response: Response) => void
  private reject!: (reason: unknown) => void
  private refused: Refused | undefined
  private attempt = 0
  private over = false
  private stopListening: (() => void) | undefined

  constructor(
    private readonly client: Decider,
    readonly id: number,
    private readonly outgoing: Outgoing,
  ) {
    this.answer = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }

  get url(): string {
    return this.outgoing.url
  }

  get flags(): number {
    return this.outgoing.flags | (this.client.spared.has(bare(this.url)) ? OWN : 0)
  }

  start(): Promise<Response> {
    if (this.client.tracing) this.trace('start', { method: this.outgoing.method, url: bare(this.url) })
    this.begin()
    return this.answer
  }

  private begin(): void {
    const opened = this.client.opened()
    if (!opened) {
      this.obey(this.client.authorize(this))
      return
    }
    // What no token could go to need not wait for the module, nor fail with it. Go
    // decides the same of it, and of what else stays untouched.
    if (this.flags & OWN || !this.client.origins.includes(new URL(this.url).origin)) {
      opened.catch(() => {})
      void this.pass()
      return
    }
    this.wait('ready')
    opened.then(
      () => this.stopListening && this.begin(), // unless it was aborted meanwhile
      (error: unknown) => this.fail(error),
    )
  }

  /** Continues as Go says, at once or after a wait. */
  obey(verdict: Verdict): void {
    if (this.over) return
    if (verdict === undefined) {
      this.wait('refresh')
      return
    }
    this.stopWaiting()
    if (verdict !== null) void this.send(verdict)
    else if (this.refused) this.deliver(this.refused.response)
    else void this.pass()
  }

  /** Rejects, unless the outcome is out already. */
  fail(error: unknown): void {
    if (this.over) return
    this.over = true
    this.stopWaiting()
    this.outgoing.discard(error)
    this.refused?.discard()
    if (this.client.tracing) {
      const { name, code } = (error ?? {}) as { name?: string; code?: unknown }
      this.trace('fail', { name: String(name), ...(typeof code === 'string' ? { code } : {}) })
    }
    this.reject(error)
  }

  private async pass(): Promise<void> {
    this.trace('untouched')
    try {
      this.deliver(await this.outgoing.pass())
    } catch (error) {
      this.broken(error)
    }
  }

  private async send(credential: string): Promise<void> {
    const attempt = ++this.attempt
    this.trace('send', { attempt })
    try {
      const response = await this.outgoing.send(credential)
      this.trace('answer', { attempt, status: response.status })
      if (attempt > 1 || !(await this.isRefused(response)) || this.over) {
        this.deliver(response)
        return
      }
      this.refused = new Refused(response)
      this.obey(this.client.unauthorized(this, response.url || this.url, credential))
      if (this.stopListening) this.refused.drain()
    } catch (error) {
      this.broken(error)
    }
  }

  /** WebKit answers an abort on the wire with an error of its own instead of the signal's reason. */
  private broken(error: unknown): void {
    const { signal } = this.outgoing
    this.fail(signal?.aborted ? signal.reason : error)
  }

  /** Whether an answer counts as unauthorized. */
  private async isRefused(response: Response): Promise<boolean> {
    const { isUnauthorized } = this.client
    if (!isUnauthorized) return response.status === 401
    const copy = response.clone()
    this.listen()
    try {
      return await isUnauthorized(copy, this.outgoing.described())
    } finally {
      this.stopWaiting()
      // What was not read would be kept in memory until the original is read.
      if (!copy.bodyUsed) copy.body?.cancel().catch(() => {})
    }
  }

  private deliver(response: Response): void {
    if (this.over) return
    this.over = true
    if (this.refused?.response !== response) this.refused?.discard()
    this.outgoing.discard()
    this.trace('done', { status: response.status })
    this.resolve(response)
  }

  /** While it waits, its signal frees it at once. On the wire the browser sees to that. */
  private wait(reason: string): void {
    if (this.stopListening) return
    this.trace('wait', { reason })
    this.listen()
  }

  private listen(): void {
    const { signal } = this.outgoing
    const aborted = () => {
      this.client.forget(this)
      this.fail(signal?.reason)
    }
    signal?.addEventListener('abort', aborted)
    this.stopListening = () => signal?.removeEventListener('abort', aborted)
  }

  private stopWaiting(): void {
    this.stopListening?.()
    this.stopListening = undefined
  }

  private trace(step: string, fields: Partial<TraceEvent> = {}): void {
    if (this.client.tracing) this.client.trace(`request.${step}`, { id: this.id, ...fields })
  }
}

/** What is sent, as often as it takes: arguments of fetch, read when the call was made. */
export class Outgoing {
  readonly url: string
  readonly method: string
  readonly flags: number
  /** The caller's signal, if there is one. */
  readonly signal: AbortSignal | null | undefined
  /** Held, since WebKit's Requests lose a form's files once nobody has them any more (seen in 2.50). */
  readonly files: unknown
  private readonly headers: Headers
  private extras: RequestInit | undefined
  private first: Request | undefined
  /** What is sent when the first is not enough. */
  private kept: Request | undefined

  /** Throws what the Request constructor throws. */
  constructor(
    private readonly client: Decider,
    input: RequestInfo | URL,
    init: AuthRequestInit | undefined,
  ) {
    const request = (this.first = new Request(input, settled(init)))
    // Now, which also locks a caller's stream, as fetch does.
    this.kept = mayHaveBody(request) ? request.clone() : request
    this.files = init?.body instanceof FormData && [...init.body.values()]
    this.extras = extrasOf(init)
    // Firefox forgets what a Request says of it (seen in 153).
    if (request.keepalive) this.extras = beside(request, { ...this.extras, keepalive: true })
    this.url = request.url
    this.method = request.method
    this.headers = request.headers
    this.signal = signalOf(input, init)
    const own = request.headers.has(client.headerName) || request.headers.has('Authorization')
    // A no-cors request cannot carry the header: the browser would leave it out.
    this.flags = flagsOf(init?.auth) | (own || request.mode === 'no-cors' ? OWN : 0)
  }

  /** Sends it with a credential, as often as twice. */
  send(credential: string): Promise<Response> {
    const isCopy = this.client.copies || !this.first
    const request = this.take()
    if (credential) request.headers.set(this.client.headerName, credential)
    else request.headers.delete(this.client.headerName)
    // In WebKit a copy hears of no abort once what it was copied from is collected (seen in 2.50).
    const { signal, extras } = this
    return this.client.fetch(request, isCopy && signal ? beside(request, { ...extras, signal }) : extras)
  }

  /** Sends it untouched. */
  pass(): Promise<Response> {
    const request = this.take()
    this.discard()
    return this.client.fetch(request, this.extras)
  }

  /** The request without its body, for a callback that judges the answer. */
  described(): Request {
    return new Request(this.url, { method: this.method, headers: this.headers })
  }

  /** Lets go of what has not been sent. */
  discard(reason?: unknown): void {
    for (const request of [this.first, this.kept]) request?.body?.cancel(reason).catch(() => {})
    this.first = this.kept = undefined
  }

  private take(): Request {
    const request = (this.first ?? this.kept)!
    if (this.first) this.first = undefined
    else this.kept = undefined
    return request
  }
}

/** The signal that the caller holds, which a null in init puts out of force. */
export function signalOf(
  input: RequestInfo | URL,
  init: AuthRequestInit | undefined,
): AbortSignal | null | undefined {
  return init?.signal === undefined ? (input as Partial<Request> | undefined)?.signal : init.signal
}

/** An init whose body is not the caller's to change any more, and for which nobody is asked for a password. */
function settled(init: AuthRequestInit | undefined): AuthRequestInit | undefined {
  const body = init?.body
  if (!body || !isPlain(init)) return init
  // To a request that has a window to ask for a password in, a 401 that a stream
  // would have to be sent again for is a network error (Fetch standard, HTTP-network-
  // or-cache fetch). Without one it is an answer, which authfetch can act upon.
  if (body instanceof ReadableStream) return { window: null, ...init }
  const copy = copied(body)
  return copy ? { ...init, body: copy } : init
}

/** What WebKit takes only when a Request is sent, instead of when it is made (seen in 2.50). */
function copied(body: BodyInit): BodyInit | undefined {
  if (body instanceof URLSearchParams) return new URLSearchParams(body)
  if (body instanceof ArrayBuffer) return body.slice(0)
  // What is shared, fetch refuses.
  if (!ArrayBuffer.isView(body) || !(body.buffer instanceof ArrayBuffer)) return undefined
  return body.buffer.slice(body.byteOffset, body.byteOffset + body.byteLength)
}

/** An init whose members are its own, so that it can be copied. Some pass a Request. */
export function isPlain(init: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(init)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** The members of an init that a Request takes in. */
const taken = new Set(
  (
    'auth body cache credentials duplex headers integrity keepalive method mode priority redirect ' +
    'referrer referrerPolicy signal window'
  ).split(' '),
)

/** The others are for a fetch that knows more than the browser's: Next.js's, Node's. */
function extrasOf(init: AuthRequestInit | undefined): RequestInit | undefined {
  let extras: Record<string, unknown> | undefined
  for (const name in init)
    if (!taken.has(name) && !(name in Request.prototype))
      (extras ??= {})[name] = (init as Record<string, unknown>)[name]
  return extras
}

/** Members for a fetch of a Request, which forgets its referrer where there are any (Fetch standard, Request). */
function beside({ referrer, referrerPolicy }: Request, members: RequestInit): RequestInit {
  return { ...members, referrer, referrerPolicy }
}

function flagsOf(auth: AuthRequestInit['auth'] | null): number {
  if (typeof auth !== 'object' || auth === null) return 0
  const refresh = auth.refresh === false ? NEVER : auth.refresh === true ? ALWAYS : 0
  return refresh | (auth.forceRefresh ? FORCE : 0)
}

/**
 * Whether a request may have a body. It must not be asked for its `body`: WebKit then makes
 * a stream of it, which it can send neither as a form with files nor with keepalive (seen
 * in 2.50).
 */
export const mayHaveBody = ({ method }: Request) => !/^(GET|HEAD)$/.test(method)

/** A URL without its query and fragment. */
export const bare = (url: string) => url.replace(/[?#].*/, '')

/** An answer that was refused, kept while it is open whether it is handed back. */
class Refused {
  private draining: ReadableStreamDefaultReader<Uint8Array> | undefined

  constructor(readonly response: Response) {}

  /**
   * Reads the body to its end: until then it holds a connection, and with HTTP/1.1
   * a few of them would keep the refresh from the line.
   */
  drain(): void {
    const reader = (this.draining = this.response.clone().body?.getReader())
    const read = async () => {
      while (reader && !(await reader.read()).done);
    }
    read().catch(() => {})
  }

  discard(): void {
    this.draining?.cancel().catch(() => {})
    this.response.body?.cancel().catch(() => {})
  }
}
