// Which server a client speaks to: its metadata, read where it is needed and kept
// for a while, and the rules, asked about it.
import type { Credentials, Session } from '../types.js'
import type { WireSession } from '../wasm.js'
import type { Host } from './host.js'
import type { Params, Rules, Server } from './rules.js'

/** What keeps a call from being made, or its answer from being believed. Holds no token. */
export class Problem extends Error {
  constructor(
    message: string,
    /** Whether a later try may succeed. */
    readonly transient: boolean,
    cause?: unknown,
  ) {
    super(message, { cause })
  }
}

/** How long metadata is used before it is read again. */
const metadataLife = 60 * 60 * 1000

interface Kept {
  issuer: string
  at: number
  metadata: unknown
}

type Endpoint = 'authorization' | 'token' | 'revocation' | 'endSession' | 'jwks'

let rules: InstanceType<Host['Module']> | undefined

export class Connection {
  /** The client as the rules know it. */
  readonly client: object
  /** The client's name, which its keys begin with. */
  readonly name: string
  readonly issuer: string
  readonly leeway: number
  readonly scope: string
  private kept: Kept | undefined
  private reading: Promise<Kept> | undefined

  constructor(readonly host: Host) {
    const { checked, oauth, AuthError } = host
    const { scope, leeway = 900 } = oauth
    if (typeof (scope ?? '') !== 'string')
      throw new AuthError('bad_options', 'Option `oauth.scope`: expected a string')
    if (!(typeof leeway === 'number' && leeway >= 0))
      throw new AuthError('bad_options', 'Option `oauth.leeway`: expected a number of seconds')
    this.name = checked.config.name
    this.issuer = oauth.issuer ?? ''
    this.scope = scope ?? (this.issuer ? 'openid' : '')
    this.leeway = leeway
    this.client = {
      ...oauth,
      wasm: undefined,
      scope: this.scope,
      params: paramsOf('oauth.params', oauth.params, host),
    }
  }

  /** Signs in with what `signin` then gets as its credentials. */
  async signin(credentials: Credentials): Promise<Session> {
    const { client, sessionOf } = this.host
    return sessionOf((await client.signin(credentials, {})) as WireSession)!
  }

  async session(): Promise<Session | null> {
    const { client, sessionOf } = this.host
    return sessionOf((await client.call('getSession')) as WireSession | null)
  }

  /** Asks the rules. */
  async ask<Name extends keyof Rules>(
    name: Name,
    ...args: Parameters<Rules[Name]>
  ): Promise<ReturnType<Rules[Name]>> {
    const { Module, AuthError, oauth, checked } = this.host
    rules ??= new Module<Rules>()
    const source = oauth.wasm ?? new URL('./oauth.wasm', import.meta.url)
    const running = (await rules.start(source, checked.pageFetch)) as Rules
    const rule = running[name] as (...args: Parameters<Rules[Name]>) => ReturnType<Rules[Name]> | undefined
    const answer = rule(...args)
    if (answer === undefined)
      throw new AuthError('wasm_failed', 'The wasm module oauth.wasm has stopped', { transient: true })
    const { problem } = answer as { problem?: string }
    if (problem) throw new Problem(problem, false)
    return answer
  }

  /** The server, with the endpoints that are wanted as far as it has them. */
  async server(...wanted: Endpoint[]): Promise<Server> {
    const { client, oauth } = this.host
    const known = this.find()
    const lacking = wanted.some((name) => name === 'jwks' || !oauth[`${name}Url`])
    const kept = known ?? (this.issuer && lacking ? await this.read() : undefined)
    const server = await this.ask('server', this.client, kept?.metadata ?? null)
    for (const url of [server.token, server.revocation])
      if (url) client.spared.add(new URL(url).href.replace(/[?#].*/, ''))
    return server
  }

  private get key(): string {
    return `${this.name}:oauth`
  }

  /** The metadata that was read before, by this page or the one before it in the tab. */
  private find(): Kept | undefined {
    try {
      this.kept ??= JSON.parse(sessionStorage.getItem(this.key) ?? 'null') as Kept | undefined
    } catch {} // no storage here, or something else in it
    const age = Date.now() - (this.kept?.at ?? 0)
    const fresh = this.kept?.issuer === this.issuer && age >= 0 && age < metadataLife
    return (this.kept = fresh ? this.kept : undefined)
  }

  /** Reads it from the server, once for all who need it. */
  private read(): Promise<Kept> {
    this.reading ??= this.discover().finally(() => (this.reading = undefined))
    return this.reading
  }

  private async discover(): Promise<Kept> {
    const { AuthError, checked } = this.host
    const { timeout } = checked.config
    const { urls } = await this.ask('discovery', this.issuer)
    // Not tied to any caller: the others wait for it too.
    const signal = AbortSignal.timeout(timeout)
    let failure: unknown = 'there is none'
    for (const url of urls) {
      try {
        const response = await checked.fetch(url, {
          headers: { Accept: 'application/json' },
          credentials: 'omit',
          signal,
        })
        if (!response.ok) {
          failure = `the server answered ${response.status}`
          continue
        }
        const metadata = (await response.json()) as unknown
        await this.ask('server', this.client, metadata)
        this.kept = { issuer: this.issuer, at: Date.now(), metadata }
        try {
          sessionStorage.setItem(this.key, JSON.stringify(this.kept))
        } catch {} // then this page alone knows it
        return this.kept
      } catch (error) {
        if (error instanceof Problem) throw new Problem(`Discovery: ${error.message}`, true)
        if (error instanceof AuthError) throw error
        // A page in its place is no JSON; without CORS even its absence cannot be read.
        failure = error
      }
    }
    const reason = signal.aborted
      ? `no answer within ${timeout} ms`
      : failure instanceof SyntaxError
        ? 'what the server sent is not JSON'
        : failure instanceof Error
          ? failure.message
          : String(failure)
    throw new Problem(`Discovery: the server's metadata could not be read: ${reason}`, true, failure)
  }
}

/** Lays parameters out as the rules read them. */
export function paramsOf(
  option: string,
  params: Record<string, unknown> | undefined,
  { AuthError }: Pick<Host, 'AuthError'>,
): Params {
  return Object.entries(params ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? (value as unknown[]) : [value]).flatMap((item) => {
      if (item === undefined || item === null) return []
      if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean')
        return [name, String(item)]
      throw new AuthError('bad_options', `Option \`${option}.${name}\`: expected a text or a list of texts`)
    }),
  )
}
