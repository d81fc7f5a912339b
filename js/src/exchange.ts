// One call of auth.fetch, from its arguments to its answer. Go decides how it
// sets out and what becomes of a refusal; this carries that out. Headers and
// body stay as the browser knows them.
import type { AuthRequestInit, RequestAuth, TraceEvent } from './types.js'
import { ALWAYS, FORCE, NEVER, OWN, type Verdict } from './wasm.js'

/** What an exchange needs of its client. */
export interface Decider {
  readonly headerName: string
  readonly baseUrl: string | undefined
  readonly fetch: typeof fetch
  readonly tracing: boolean
  readonly isUnauthorized: ((response: Response, request: Request) => boolean | Promise<boolean>) | undefined
  trace(type: string, fields: Partial<TraceEvent>): void
  /** Resolves once the rules can be asked; undefined where they can be at once. */
  opened(): Promise<void> | undefined
  authorize(exchange: Exchange): Verdict
  unauthorized(exchange: Exchange, credential: string): Verdict
  forget(exchange: Exchange): void
}

export class Exchange {
  readonly answer: Promise<Response>
  private resolve!: (response: Response) => void
  private reject!: (reason: unknown) => void
  private response: Response | undefined
  private attempt = 0
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
    return this.outgoing.flags
  }

  start(): Promise<Response> {
    if (this.client.tracing)
      this.trace('start', { method: this.outgoing.method, url: this.url.replace(/[?#].*/, '') })
    this.begin()
    return this.answer
  }

  private begin(): void {
    const opened = this.client.opened()
    if (!opened) {
      this.obey(this.client.authorize(this))
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
    if (verdict === undefined) {
      this.wait('refresh')
      return
    }
    this.stopWaiting()
    if (verdict !== null) void this.send(verdict)
    else if (this.response) this.deliver(this.response)
    else void this.pass()
  }

  /** Rejects, unless the answer is out already. */
  fail(error: unknown): void {
    this.stopWaiting()
    this.outgoing.discard()
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
      this.fail(error)
    }
  }

  private async send(credential: string): Promise<void> {
    const attempt = ++this.attempt
    this.trace('send', { attempt })
    try {
      const response = await this.outgoing.send(credential, attempt > 1)
      this.trace('answer', { attempt, status: response.status })
      if (attempt > 1 || !(await this.refused(response))) this.deliver(response)
      else {
        this.response = response
        this.obey(this.client.unauthorized(this, credential))
      }
    } catch (error) {
      this.fail(error)
    }
  }

  /** Whether an answer counts as unauthorized. */
  private async refused(response: Response): Promise<boolean> {
    const { isUnauthorized } = this.client
    if (!isUnauthorized) return response.status === 401
    const copy = response.clone()
    try {
      return await isUnauthorized(copy, this.outgoing.described())
    } finally {
      // What was not read would be kept in memory until the original is read.
      if (!copy.bodyUsed) copy.body?.cancel().catch(() => {})
    }
  }

  private deliver(response: Response): void {
    if (this.response && this.response !== response) this.response.body?.cancel().catch(() => {})
    this.outgoing.discard()
    this.trace('done', { status: response.status })
    this.resolve(response)
  }

  /** While it waits, its signal frees it at once. On the wire the browser sees to that. */
  private wait(reason: string): void {
    if (this.stopListening) return
    this.trace('wait', { reason })
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

/** What is sent, as often as it takes. */
export interface Outgoing {
  readonly url: string
  readonly method: string
  readonly flags: number
  readonly signal: AbortSignal | null | undefined
  /** Sends it with a credential; `last` says that it will not be sent again. */
  send(credential: string, last: boolean): Promise<Response>
  /** Sends it untouched. */
  pass(): Promise<Response>
  /** The request without its body, for a callback that judges the answer. */
  described(): Request
  /** Frees what is kept for another sending. */
  discard(): void
}

/** Reads the arguments of fetch, now: a body that the caller changes later goes out as it was. */
export function outgoing(
  client: Decider,
  input: RequestInfo | URL,
  init: AuthRequestInit | undefined,
): Outgoing {
  const plainInit = init === undefined || isPlain(init)
  if (input instanceof Request) return ofRequest(client, new Request(input, init), init)
  if (!plainInit) return ofRequest(client, new Request(resolve(client, input), init), init)
  return ofParts(client, input, init ?? {})
}

/** An init whose members are its own, so that it can be copied. Some pass a Request. */
function isPlain(init: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(init)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function resolve(client: Decider, input: string | URL): string | URL {
  return client.baseUrl === undefined ? input : new URL(input, client.baseUrl)
}

/** A Request is read once: each sending but the last takes a clone. */
function ofRequest(client: Decider, request: Request, init: AuthRequestInit | undefined): Outgoing {
  let kept: Request | undefined = request
  const own = request.headers.has(client.headerName) || request.headers.has('Authorization')
  const take = (last: boolean) => {
    const taken = kept!
    kept = last || !taken.body ? (last ? undefined : taken) : taken.clone()
    return taken
  }
  return {
    url: request.url,
    method: request.method,
    flags: flagsOf(init?.auth, own || request.mode === 'no-cors'),
    signal: request.signal,
    send(credential, last) {
      const sent = take(last)
      if (credential) sent.headers.set(client.headerName, credential)
      else sent.headers.delete(client.headerName)
      return client.fetch(sent)
    },
    pass: () => client.fetch(take(true)),
    described: () => new Request(request.url, { method: request.method, headers: request.headers }),
    discard() {
      kept?.body?.cancel().catch(() => {})
      kept = undefined
    },
  }
}

/** A URL and a plain init go out as they came, but for the header and the body's copy. */
function ofParts(client: Decider, input: string | URL, init: AuthRequestInit): Outgoing {
  const { auth, ...rest } = init
  const target = resolve(client, input)
  const url = new URL(
    String(input),
    client.baseUrl ?? globalThis.document?.baseURI ?? globalThis.location?.href,
  ).href
  const headers = new Headers(init.headers)
  const own = headers.has(client.headerName) || headers.has('Authorization')
  const body = keep(init.body)
  const options = (last: boolean): RequestInit => (body ? { ...rest, body: body.take(last) } : rest)
  return {
    url,
    method: init.method?.toUpperCase() ?? 'GET',
    flags: flagsOf(auth, own || init.mode === 'no-cors'),
    signal: init.signal,
    send(credential, last) {
      const sent = new Headers(headers)
      if (credential) sent.set(client.headerName, credential)
      return client.fetch(target, { ...options(last), headers: sent })
    },
    pass: () => client.fetch(target, options(true)),
    described: () => new Request(url, { ...(init.method ? { method: init.method } : {}), headers }),
    discard: () => body?.discard(),
  }
}

function flagsOf(auth: boolean | RequestAuth | undefined, own: boolean): number {
  const { refresh, forceRefresh } = typeof auth === 'object' ? auth : ({} as RequestAuth)
  return (
    (own ? OWN : 0) |
    (refresh === false ? NEVER : 0) |
    (refresh === true ? ALWAYS : 0) |
    (forceRefresh ? FORCE : 0)
  )
}

interface Body {
  take(last: boolean): BodyInit
  discard(): void
}

/** Keeps a body as it is now, for as many sendings as it takes. */
function keep(body: BodyInit | null | undefined): Body | undefined {
  if (body === null || body === undefined) return undefined
  if (body instanceof ReadableStream) return keepStream(body as ReadableStream<Uint8Array>)
  const copy = copied(body)
  return { take: () => copy, discard() {} }
}

function copied(body: XMLHttpRequestBodyInit): BodyInit {
  if (body instanceof URLSearchParams) return new URLSearchParams(body)
  if (body instanceof ArrayBuffer) return body.slice(0)
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice()
  if (body instanceof FormData) {
    const copy = new FormData()
    for (const [name, value] of body) copy.append(name, value as string)
    return copy
  }
  return body // strings and Blobs do not change
}

/** A stream is read once. Each sending but the last reads one half of a tee. */
function keepStream(stream: ReadableStream<Uint8Array>): Body {
  let kept: ReadableStream<Uint8Array> | undefined = stream
  return {
    take(last) {
      if (last) {
        const taken = kept!
        kept = undefined
        return taken
      }
      const [taken, rest] = kept!.tee()
      kept = rest
      return taken
    },
    discard() {
      if (kept && !kept.locked) kept.cancel().catch(() => {})
      kept = undefined
    },
  }
}
