import type { AuthError } from './errors.js'

/** Names and values that an application signs in with, such as `{ username, password }`. */
export type Credentials = Record<string, unknown>

/** Tokens that an application has got elsewhere, or a server's answer as it is. */
export interface Tokens {
  accessToken?: string | undefined
  refreshToken?: string | undefined
  idToken?: string | undefined
  /** The access token's lifetime from now, in seconds. */
  expiresIn?: number | string | undefined
  /** When the access token expires: a date, or seconds or milliseconds since 1970. */
  expiresAt?: number | string | undefined
  [name: string]: unknown
}

/** Who is signed in. Never the refresh token. */
export interface Session {
  readonly accessToken: string
  /** When the access token expires, in milliseconds since 1970 by the local clock; null where it is not known. */
  readonly expiresAt: number | null
  /** The ID token's claims, or else those of an access token that is a JWT (RFC 7519); null without either. */
  readonly claims: Readonly<Record<string, unknown>> | null
  /** The OpenID Connect ID token, where the server sent one. */
  readonly idToken?: string
}

/** What a function in place of an endpoint gets beside its argument. */
export interface EndpointContext {
  /** Aborted when the attempt's `timeout` is over, or the client is closed. */
  readonly signal: AbortSignal
  /** The unwrapped fetch. The wrapped one would wait for itself. */
  readonly fetch: typeof fetch
}

/** What a function in place of an endpoint answers. */
export type EndpointAnswer = Response | Tokens | undefined | null

/** How a server is asked for tokens. */
export interface EndpointObject {
  /** Absolute, or relative to `baseUrl`. */
  url: string | URL
  /** The HTTP method. Default `POST`. */
  method?: string | undefined
  /** More headers, sent with every call. */
  headers?: Record<string, string> | undefined
  /** How the body is written. Default `'json'`; OAuth 2.0 wants `'form'`. */
  body?: 'json' | 'form' | undefined
  /** Sent in the body of every call, such as `{ grant_type: 'refresh_token', client_id: 'spa' }`. */
  fields?: Record<string, unknown> | undefined
  /** Maps names of credentials to the server's: `{ username: 'email' }`. */
  rename?: Record<string, string> | undefined
  /** The request's credentials mode. Default `'include'` with `cookie`, else the browser's. */
  credentials?: RequestCredentials | undefined
  /** What the refresh token is called in the body. Default `refresh_token`. */
  refreshTokenField?: string | undefined
  /** The refresh token lives in an HttpOnly cookie: none is stored, and none is sent in the body. */
  cookie?: boolean | undefined
}

/** Where a session is kept by an application's own means. Each function may be async. */
export interface StorageAdapter {
  readonly get: (key: string) => string | null | undefined | Promise<string | null | undefined>
  readonly set: (key: string, value: string) => unknown
  readonly remove: (key: string) => unknown
}

/** An application's own storage keys, each holding one bare value. */
export interface StorageKeys {
  accessToken?: string | undefined
  refreshToken?: string | undefined
  /** Holds milliseconds since 1970, in decimal. */
  expiresAt?: string | undefined
  idToken?: string | undefined
}

/** How a failed refresh is tried again while it may pass. */
export interface RetryOptions {
  /** How often the server is asked in all. Default 3. */
  attempts?: number | undefined
  /** The first delay's upper bound, in milliseconds. Default 300. It doubles each time. */
  minDelay?: number | undefined
  /** Every delay's upper bound, in milliseconds. Default 5000. */
  maxDelay?: number | undefined
}

/** What a failed-refresh handler may answer: nothing, or a token or tokens to go on with. */
export type FailedRefreshAnswer = void | undefined | null | string | Tokens

/** Called when a session has ended; see {@link Auth.onFailedRefresh}. */
export type FailedRefreshHandler = (error: AuthError) => FailedRefreshAnswer | Promise<FailedRefreshAnswer>

/** The events of {@link Auth.on}. */
export type AuthEventType = 'signin' | 'refresh' | 'refresherror' | 'signout' | 'change'

/** What a listener is told. */
export interface AuthEvent {
  readonly type: AuthEventType
  /** True where another tab made the change. */
  readonly remote: boolean
  /** The session after the change; null when signed out. */
  readonly session: Session | null
  /** Why a refresh failed; with `refresherror` alone. */
  readonly error?: AuthError
}

export type AuthListener = (event: AuthEvent) => void

/**
 * A step that `debug` hears of. `at` is Date.now() with fractions, `id` numbers
 * requests. No field holds a token, and URLs come without query and fragment.
 */
export interface TraceEvent {
  readonly at: number
  readonly client: string
  readonly type: string
  readonly id?: number
  readonly method?: string
  readonly url?: string
  readonly attempt?: number
  readonly status?: number
  readonly delay?: number
  readonly reason?: string
  readonly code?: string
  readonly name?: string
  readonly transient?: boolean
  readonly remote?: boolean
}

/** An OAuth 2.0 or OpenID Connect server, and what this application is there. */
export interface OAuthOptions {
  /**
   * The server's issuer URL, exactly as it names itself: its metadata is read from
   * there when it is needed (OpenID Connect Discovery, RFC 8414).
   */
  issuer?: string | undefined
  /** What the server knows this application as. It is a public client, without a secret. */
  clientId: string
  /** What is asked for, such as `'openid profile offline_access'`. Default: `'openid'` with an `issuer`. */
  scope?: string | undefined
  /** Where the server sends the user back to. It must be registered there. Default: the root of the page's origin. */
  redirectUri?: string | URL | undefined
  /** More parameters of every authorization and token request, such as `audience` or `resource` (RFC 8707). */
  params?: Record<string, string | string[]> | undefined
  /** The token endpoint. This and the next three need no discovery. */
  tokenUrl?: string | URL | undefined
  authorizationUrl?: string | URL | undefined
  /** Told of sign-outs (RFC 7009). */
  revocationUrl?: string | URL | undefined
  /** Where the server signs the user out as well (OpenID Connect RP-Initiated Logout). */
  endSessionUrl?: string | URL | undefined
  /** How many seconds the server's clock may be apart from this one, where an ID token is checked. Default 900. */
  leeway?: number | undefined
  /**
   * Verifies the signature of ID tokens too, against the issuer's keys, which takes
   * `verify.js` and `verify.wasm`. Default `false`: an ID token comes straight from the
   * server, whom TLS vouches for, and its claims are checked all the same.
   */
  verify?: boolean | VerifyOptions | undefined
  /**
   * Binds the tokens to a key that nobody can read, not even this page's scripts, so
   * that they are of no use elsewhere (RFC 9449). The server has to know DPoP, and the
   * API too. Default `false`.
   */
  dpop?: boolean | undefined
  /** Where `oauth.wasm` comes from, as `wasm` says of `authfetch.wasm`. Default: beside `oauth.js`. */
  wasm?: AuthOptions['wasm'] | undefined
}

/** How ID tokens are verified. */
export interface VerifyOptions {
  /** The signature algorithms that are accepted, such as `['ES256']`. Default: all asymmetric ones. */
  algs?: string[] | undefined
  /** Refuses an ID token without `at_hash`, which is optional in an answer of the token endpoint. */
  needAtHash?: boolean | undefined
  /** How many seconds ago the user may have been asked for the password; beside `params: { max_age }`. */
  maxAge?: number | undefined
  /** Where `verify.wasm` comes from, as `wasm` says of `authfetch.wasm`. Default: beside `verify.js`. */
  wasm?: AuthOptions['wasm'] | undefined
}

/** What one sign-in at the server asks for. */
export interface SigninRequest {
  /** In place of the option `oauth.scope`. */
  scope?: string | undefined
  /** `'login'`, `'consent'`, `'select_account'`, `'none'` (OpenID Connect Core section 3.1.2.1). */
  prompt?: string | undefined
  /** Whom the server may expect, such as an e-mail address. */
  loginHint?: string | undefined
  /** More parameters of the authorization request, such as `{ ui_locales: 'de' }`. */
  params?: Record<string, string | string[]> | undefined
}

export interface SigninRedirectOptions extends SigninRequest {
  /** Where the application wants to go on afterwards: a URL of the page's own origin. Default: the page's URL. */
  returnTo?: string | URL | undefined
  /** Data of the application that it gets back with the outcome. It stays in this tab. */
  state?: unknown
}

export interface SigninPopupOptions extends SigninRequest {
  /** The features of the window, as `window.open` has them. */
  features?: string | undefined
  /** Closes the window and rejects with its reason when it is aborted. */
  signal?: AbortSignal | undefined
}

/** What a sign-in by redirect came to. */
export interface RedirectOutcome {
  readonly session: Session
  /** Where the application wanted to go on: a path with query and fragment, for its router. */
  readonly returnTo: string
  /** What was given to `signinRedirect` as `state`. */
  readonly state?: unknown
}

export interface SignoutOptions {
  /**
   * Signs out at the server too, which leaves the page (OpenID Connect RP-Initiated
   * Logout). A URL is where the server leads back to; it must be registered there.
   */
  redirect?: boolean | string | URL | undefined
  /** Comes back with that URL as its parameter `state`. */
  state?: string | undefined
}

/** The options of {@link createAuth}. All are optional. */
export interface AuthOptions {
  /** Names the session: the storage key, the lock and the channel are derived from it. Default `'authfetch'`. */
  name?: string | undefined
  /** Where the wasm module comes from. Default: `authfetch.wasm` beside the script. */
  wasm?:
    | string
    | URL
    | Response
    | Promise<string | URL | Response | ArrayBuffer | WebAssembly.Module>
    | ArrayBuffer
    | ArrayBufferView
    | WebAssembly.Module
    | undefined
  /** What relative URLs resolve against. Default: the page's URL. */
  baseUrl?: string | URL | undefined
  /** The only origins that a token is sent to. Default: the page's and `baseUrl`'s. */
  origins?: string[] | undefined
  /** How credentials become tokens. */
  signin?:
    | string
    | URL
    | EndpointObject
    | ((credentials: Credentials, context: EndpointContext) => EndpointAnswer | Promise<EndpointAnswer>)
    | undefined
  /** How a refresh token becomes new tokens. Default `false`: not at all. */
  refresh?:
    | false
    | string
    | URL
    | EndpointObject
    | ((refreshToken: string, context: EndpointContext) => EndpointAnswer | Promise<EndpointAnswer>)
    | undefined
  /** Told, best effort, when the user signs out. */
  signout?:
    string | URL | EndpointObject | ((refreshToken: string, context: EndpointContext) => unknown) | undefined
  /** Sets the three above for an OAuth 2.0 or OpenID Connect server. */
  oauth?: OAuthOptions | undefined
  /** Dotted paths where an answer holds the tokens. Default: snake_case and camelCase names, at the top or under `data`. */
  tokens?:
    | {
        accessToken?: string | undefined
        refreshToken?: string | undefined
        expiresIn?: string | undefined
        expiresAt?: string | undefined
        idToken?: string | undefined
      }
    | undefined
  /** The header that carries the token. Default `{ name: 'Authorization', scheme: 'Bearer' }`; the scheme `''` sends the bare token. */
  header?: { name?: string | undefined; scheme?: string | undefined } | undefined
  /** Where the session is kept. Default `'local'`; on a server, where there is none, memory. */
  storage?:
    | 'local'
    | 'session'
    | 'memory'
    | { type?: 'local' | 'session' | 'memory' | undefined; keys?: StorageKeys | undefined }
    | StorageAdapter
    | undefined
  /** How many seconds before its expiry a token is refreshed ahead of time. Default 60; at most half its life. */
  refreshBefore?: number | undefined
  /** Whether a 401, or an expiry, refreshes at all. Default: true in a page or worker, false on a server. */
  autoRefresh?: boolean | undefined
  /** What counts as unauthorized. It gets a clone of the response. Default: status 401. */
  isUnauthorized?: ((response: Response, request: Request) => boolean | Promise<boolean>) | undefined
  /** Whether a failed refresh ends the session. Default: only 400, 401 and 403 do. */
  isFinal?: ((errorOrResponse: unknown) => boolean | Promise<boolean>) | undefined
  /** How a refresh that failed in passing is tried again. */
  retry?: RetryOptions | undefined
  /** Milliseconds for one sign-in, refresh or sign-out attempt. Default 10 000. */
  timeout?: number | undefined
  onFailedRefresh?: FailedRefreshHandler | undefined
  onRefresh?: AuthListener | undefined
  onRefreshError?: AuthListener | undefined
  /** What sends requests. Default: the page's fetch, as found when the client is made. */
  fetch?: typeof fetch | undefined
  /** Traces what happens, to the console or to a function. */
  debug?: boolean | ((event: TraceEvent) => void) | undefined
}

/** What `init.auth` says about one request. */
export interface RequestAuth {
  /** False hands a 401 back; true refreshes although `autoRefresh` is off. */
  refresh?: boolean | undefined
  /** Refreshes before the request is sent. */
  forceRefresh?: boolean | undefined
}

/** The browser's RequestInit, with one addition. */
export interface AuthRequestInit extends RequestInit {
  /** False sends the request untouched. */
  auth?: boolean | RequestAuth | undefined
}

export interface GetTokenOptions {
  /** Seconds that the token must still be valid for. Default 0. */
  minValidity?: number | undefined
  /** Refreshes first. */
  forceRefresh?: boolean | undefined
}

/** A client of one session. Its methods are bound: each can be passed on by itself. */
export interface Auth {
  /**
   * Signs in and resolves to the new session, which all tabs share. Rejects with
   * an {@link AuthError} `signin_failed`; then what was stored before is untouched.
   */
  readonly signin: (credentials?: Credentials) => Promise<Session>
  /**
   * The browser's fetch, with the session's token. Resolves to the browser's own
   * Response and rejects as fetch does; and with `refresh_failed` when the token
   * cannot be refreshed, `signed_out` and `closed` when that ends the wait.
   */
  readonly fetch: (input: RequestInfo | URL, init?: AuthRequestInit) => Promise<Response>
  /**
   * Registers a handler that is called once for each refresh that ends the
   * session, however many requests wait on it, and with code `not_signed_in` when
   * a request meets a 401 and nobody is signed in. Returns a function that
   * unregisters it.
   */
  readonly onFailedRefresh: (handler: FailedRefreshHandler) => () => void
  /**
   * Forgets the session in every tab at once, then tells the server, best effort. With
   * `redirect` and the option `oauth` it then leads to where the server signs out too, and
   * rejects with `signed_out` where that is not found: the session is gone all the same.
   */
  readonly signout: (options?: SignoutOptions) => Promise<void>
  /** Refreshes now, sharing any refresh under way. */
  readonly refresh: () => Promise<Session>
  /** Resolves to an access token that is valid long enough, or to null when signed out. */
  readonly getToken: (options?: GetTokenOptions) => Promise<string | null>
  /** Resolves to the session, or to null when signed out. */
  readonly getSession: () => Promise<Session | null>
  /** Adopts tokens got elsewhere, as a sign-in does. */
  readonly setTokens: (tokens: Tokens | string) => Promise<void>
  /** Calls a listener with every event of a type. Returns a function that removes it. */
  readonly on: (type: AuthEventType, listener: AuthListener) => () => void
  /** Puts `fetch` in place of `globalThis.fetch`. Returns a function that restores it. */
  readonly install: () => () => void
  /**
   * With the option `oauth`: leaves the page to sign in at the server, by authorization
   * code with PKCE. Resolves only where the user comes Back to the page as it was.
   */
  readonly signinRedirect: (options?: SigninRedirectOptions) => Promise<void>
  /**
   * With the option `oauth`: to be called where the application starts. Completes a
   * sign-in that comes back to `redirectUri`, and clears the address bar at once;
   * resolves to null where the page's URL is no answer. All calls in a page have one
   * outcome. Rejects with `signin_failed`.
   */
  readonly handleRedirect: () => Promise<RedirectOutcome | null>
  /**
   * With the option `oauth`: signs in at the server in a window of its own. To be
   * called when the user clicks: browsers block other windows.
   */
  readonly signinPopup: (options?: SigninPopupOptions) => Promise<Session>
  /** Resolves when the module runs and the stored session has been read. */
  readonly ready: Promise<void>
  /** Stops timers and listeners, and rejects what still waits with code `closed`. */
  readonly close: () => void
}
