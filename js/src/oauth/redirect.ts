// Signing in at the server's own page, by authorization code with PKCE, and what
// comes back from there.
import type { AuthErrorCode } from '../errors.js'
import type {
  RedirectOutcome,
  Session,
  SigninPopupOptions,
  SigninRedirectOptions,
  SigninRequest,
} from '../types.js'
import { challengeOf, Pendings, random, type Sent } from './pending.js'
import { proverOf } from './proving.js'
import { answerFrom, handOver } from './popup.js'
import { paramsOf, Problem, type Connection } from './server.js'
import { credentialsOf } from './tokens.js'

/** What a state begins with says whether a window or the page itself waits for it. */
const POPUP = 'p'
const PAGE = 'r'

export class Redirects {
  private readonly pendings: Pendings

  constructor(private readonly connection: Connection) {
    this.pendings = new Pendings(`${connection.name}:oauth:`)
  }

  async signinRedirect(options: SigninRedirectOptions = {}): Promise<void> {
    const page = new URL(location.href)
    const returnTo = this.pageUrl('returnTo', options.returnTo ?? page)
    if (returnTo.origin !== page.origin) throw this.badOption('returnTo', "a URL of the page's own origin")
    const data =
      options.state === undefined ? undefined : (JSON.parse(JSON.stringify(options.state)) as unknown)
    await this.failing(async () => {
      const { url, sent } = await this.begin(PAGE, options)
      this.pendings.save({ ...sent, data, returnTo: returnTo.pathname + returnTo.search + returnTo.hash })
      await leavePage(url)
    })
  }

  async handleRedirect(url: string): Promise<RedirectOutcome | null> {
    return this.failing(async () => {
      const state = new URL(url).searchParams.get('state')!
      if (state.startsWith(POPUP)) return this.returnToOpener(state, url)
      const sent = this.pendings.find(state)
      const session = await this.complete(url, sent as Sent | null, () => this.pendings.answered(sent!))
      return {
        session,
        returnTo: sent!.returnTo,
        ...(sent!.data === undefined ? {} : { state: sent!.data }),
      }
    })
  }

  async signinPopup(popup: Window | null, options: SigninPopupOptions = {}): Promise<Session> {
    const { signal } = options
    if (!popup) throw this.failure('popup_blocked', 'the browser has blocked the window')
    try {
      return await this.failing(async () => {
        signal?.throwIfAborted()
        const { url, sent } = await this.begin(POPUP, options)
        const closed = () => this.failure('popup_closed', 'the window was closed')
        const answer = answerFrom(popup, this.channel(sent.state), { signal, closed })
        popup.location.replace(url)
        return this.complete(await answer, sent, () => {})
      })
    } finally {
      popup.close()
    }
  }

  async leave(target: string, state: string, session: Session | null): Promise<void> {
    const { connection } = this
    const idToken = session?.idToken ?? ''
    const url = await this.failing(
      async () => {
        const server = await connection.server('endSession')
        return (await connection.ask('logout', connection.client, server, idToken, target, state)).url
      },
      'signed_out',
      'Signed out here, but not at the server',
    )
    if (url || target) await leavePage(url || target)
  }

  /** Makes the secrets of a sign-in, and the URL that it begins at. */
  private async begin(kind: string, { scope = '', prompt = '', loginHint = '', params }: SigninRequest) {
    const { connection } = this
    const { client, host, issuer } = connection
    // https://w3c.github.io/webcrypto/#Crypto-interface: only where nobody listens.
    if (!(globalThis.crypto as Partial<Crypto> | undefined)?.subtle)
      throw new Problem('it needs a secure context: https, or http on this machine', false)
    const server = await connection.server('authorization', 'token')
    const [state, nonce, verifier] = [kind + random(), random(), random()]
    const jkt = await (await proverOf(connection))?.thumbprint()
    const wish = {
      ...{ scope, prompt, loginHint },
      params: [...paramsOf('params', params, host), ...(jkt ? ['dpop_jkt', jkt] : [])],
    }
    const secrets = { state, nonce, challenge: await challengeOf(verifier) }
    const asked = await connection.ask('authorize', client, server, wish, secrets)
    const redirectUri = host.oauth.redirectUri!
    const sent: Sent = {
      ...{ state, nonce, verifier, issuer, redirectUri },
      scope: asked.scope,
      returnTo: '',
      at: Date.now(),
      done: false,
    }
    return { url: asked.url, sent }
  }

  /** Has the answer judged, and its code redeemed; `used` notes that it has been seen. */
  private async complete(url: string, sent: Sent | null, used: () => void): Promise<Session> {
    const { connection } = this
    const server = await connection.server('token')
    const params = [...new URL(url).searchParams].flat()
    const { code, error, description } = await connection.ask('judge', params, sent, server, Date.now())
    if (error === 'replayed') {
      // Back to an answer that signed somebody in: he still is, or the session is over.
      const session = await connection.session()
      if (session) return session
    }
    if (sent && !sent.done) used()
    if (error) throw this.failure(error, description)
    const { verifier, nonce, scope, redirectUri } = sent!
    return connection.signin(credentialsOf({ code, verifier, nonce, scope, redirectUri }))
  }

  /** In a window that the server has led back to: it has done what it was opened for. */
  private async returnToOpener(state: string, url: string): Promise<null> {
    if (!(await handOver(this.channel(state), url)))
      throw this.failure('invalid_state', 'the page that opened this window is gone')
    window.close()
    await new Promise((resolve) => setTimeout(resolve, 1000)) // the window goes in that time
    return null
  }

  private channel(state: string): string {
    return `${this.connection.name}:oauth:${state}`
  }

  private pageUrl(option: string, value: string | URL): URL {
    try {
      const url = new URL(value, location.href)
      if (/^https?:$/.test(url.protocol)) return url
    } catch {}
    throw this.badOption(option, 'an http or https URL')
  }

  private badOption(option: string, expected: string): Error {
    return new this.connection.host.AuthError('bad_options', `Option \`${option}\`: expected ${expected}`)
  }

  private failure(error: string, description: string): Error {
    const { AuthError } = this.connection.host
    const reason = description && description !== error ? `${error} (${description})` : error
    return new AuthError('signin_failed', `Sign-in failed: ${reason}`, { error, description })
  }

  /** What goes wrong on the way is told as an AuthError: as a sign-in that failed, unless it is another. */
  private async failing<T>(
    work: () => Promise<T>,
    code: AuthErrorCode = 'signin_failed',
    what = 'Sign-in failed',
  ): Promise<T> {
    const { AuthError } = this.connection.host
    try {
      return await work()
    } catch (error) {
      const cause: unknown = error instanceof AuthError && error.cause ? error.cause : error
      if (!(cause instanceof Problem) || 'status' in cause) throw error
      const { message, transient } = cause
      throw new AuthError(code, `${what}: ${message}`, { transient, cause })
    }
  }
}

/** Resolves only where the user comes Back and the page is as it was (the back/forward cache). */
function leavePage(url: string): Promise<void> {
  const back = new Promise<void>((resolve) => {
    const shown = ({ persisted }: PageTransitionEvent) => {
      if (!persisted) return
      removeEventListener('pageshow', shown)
      resolve()
    }
    addEventListener('pageshow', shown)
  })
  location.assign(url)
  return back
}
