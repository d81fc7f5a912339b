import { createAuth, type AuthError, type AuthOptions } from 'authfetch'

/** Unless `autoRefresh` says otherwise, tokens are refreshed in a page and not on a server. */
export interface ShopOptions extends Pick<AuthOptions, 'autoRefresh' | 'isUnauthorized'> {
  api: string
  /** On a server: the access token that came with the request for the page. */
  token?: string
  /** Gets a new token. Default: the shop's own way, by a cookie. */
  refreshToken?: () => Promise<Response>
  onTokenRefreshed?: (token: string) => void
  onTokenRefreshError?: (error: AuthError) => void
}

export async function createShop({ api, token, refreshToken, ...options }: ShopOptions) {
  const auth = createAuth({
    name: 'shop',
    baseUrl: api,
    tokens: { accessToken: 'token' },
    signin: { url: '/login', credentials: 'include' },
    refresh: refreshToken ?? { url: '/token/refresh', cookie: true },
    signout: { url: '/logout', cookie: true },
    autoRefresh: options.autoRefresh,
    isUnauthorized: options.isUnauthorized,
    onRefresh: ({ session, remote }) => {
      if (session && !remote) options.onTokenRefreshed?.(session.accessToken) // other tabs tell their own
    },
    onRefreshError: ({ error }) => error && options.onTokenRefreshError?.(error),
  })
  if (token) await auth.setTokens(token)
  return { signin: auth.signin, signout: auth.signout, request: auth.fetch, close: auth.close }
}
