// The one session that most applications have, without an object to pass around.
import { createAuth } from './auth.js'
import { AuthError } from './errors.js'
import type { Auth, AuthOptions } from './types.js'

let client: Auth | undefined

const get = (): Auth => (client ??= createAuth())

/**
 * Sets the default client's options, once, before its first use. Without it every
 * option is at its default.
 *
 * @throws AuthError `bad_options`, also when it comes too late
 */
export function configure(given: AuthOptions): void {
  if (client)
    throw new AuthError(
      'bad_options',
      '`configure`: the default client exists already; call it once, before its first use',
    )
  client = createAuth(given)
}

/** The default client itself. */
export const auth: Auth = {
  signin: (credentials) => get().signin(credentials),
  fetch: (...args) => get().fetch(...args),
  onFailedRefresh: (handler) => get().onFailedRefresh(handler),
  signout: (options) => get().signout(options),
  refresh: () => get().refresh(),
  getToken: (options) => get().getToken(options),
  getSession: () => get().getSession(),
  setTokens: (tokens) => get().setTokens(tokens),
  on: (type, listener) => get().on(type, listener),
  install: () => get().install(),
  signinRedirect: (options) => get().signinRedirect(options),
  handleRedirect: () => get().handleRedirect(),
  signinPopup: (options) => get().signinPopup(options),
  get ready() {
    return get().ready
  },
  close: () => get().close(),
}

export const { signin, fetch, onFailedRefresh, signout, getToken, getSession, on } = auth
