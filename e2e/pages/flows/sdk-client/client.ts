import { createAuth, type AuthOptions } from 'authfetch'

export interface ClientOptions extends Pick<AuthOptions, 'autoRefresh' | 'onFailedRefresh'> {
  url: string
}

export interface ClientRequest extends RequestInit {
  /** Whether a 401 refreshes the token, for this request alone. */
  refresh?: boolean
}

export function createClient({ url, ...options }: ClientOptions) {
  const fields = { client_id: 'sdk' }
  const auth = createAuth({
    name: 'sdk',
    baseUrl: url,
    signin: { url: '/oauth/token', body: 'form', fields: { ...fields, grant_type: 'password' } },
    refresh: { url: '/oauth/token', body: 'form', fields: { ...fields, grant_type: 'refresh_token' } },
    signout: { url: '/oauth/revoke', body: 'form', fields, refreshTokenField: 'token' },
    ...options,
  })
  return {
    oAuthSignin: (credentials: { username: string; password: string }) => auth.signin(credentials),
    oAuthSignout: () => auth.signout(),
    onFailedRefresh: auth.onFailedRefresh,
    request: (path: string, { refresh, ...init }: ClientRequest = {}) =>
      auth.fetch(path, { ...init, auth: { refresh } }),
  }
}
