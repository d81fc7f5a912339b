// What the OAuth client and the package proper know of each other. They are loaded
// apart and share nothing but this: types here, and what is handed over.
import type { Client, sessionOf } from '../client.js'
import type { AuthError } from '../errors.js'
import type { Module } from '../module.js'
import type { Checked, CheckedOAuth } from '../options.js'
import type {
  Credentials,
  EndpointContext,
  RedirectOutcome,
  Session,
  SigninPopupOptions,
  SigninRedirectOptions,
} from '../types.js'

/** What the OAuth client is handed. */
export interface Host {
  AuthError: typeof AuthError
  Module: typeof Module
  sessionOf: typeof sessionOf
  client: Client
  checked: Checked
  oauth: CheckedOAuth
}

/** What the package proper is handed in return. */
export interface OAuth {
  // In place of endpoints.
  signin(credentials: Credentials, context: EndpointContext): Promise<Response>
  refresh(refreshToken: string, context: EndpointContext): Promise<Response>
  /** `tokens` are the access token, a blank, and the refresh token. */
  signout(tokens: string, context: EndpointContext): Promise<void>

  /** Sends a request that carries `Authorization: DPoP token` with a proof beside it. */
  send(fetch: typeof globalThis.fetch, request: Request, extras: RequestInit | undefined): Promise<Response>

  signinRedirect(options?: SigninRedirectOptions): Promise<void>
  /** `url` is the page's, with the answer. */
  handleRedirect(url: string): Promise<RedirectOutcome | null>
  /** `popup` was opened at the user's click, and is null where the browser blocked it. */
  signinPopup(popup: Window | null, options?: SigninPopupOptions): Promise<Session>
  /**
   * Leads to where the server signs out, and from there to `target`, if there is one, with
   * `state`. `session` is the one that has just ended.
   */
  leave(target: string, state: string, session: Session | null): Promise<void>
}
