import { createAuth } from 'authfetch'

export interface TokenStoreOptions {
  url: string
  email: string
  password: string
}

export function createTokenStore({ url, ...credentials }: TokenStoreOptions) {
  const auth = createAuth({
    name: `tokens of ${credentials.email} at ${url}`,
    baseUrl: url,
    signin: '/users/sign-in',
    refresh: { url: '/tokens/refresh', refreshTokenField: 'refreshToken' },
    tokens: { accessToken: 'jwt' }, // it says itself when it expires
    header: { scheme: 'JWT' },
    onFailedRefresh: () => signIn(),
  })
  let signingIn: Promise<string> | undefined
  /** Signs in once, for all who ask at the same time. */
  const signIn = () =>
    (signingIn ??= auth
      .signin(credentials)
      .then(({ accessToken }) => accessToken)
      .finally(() => (signingIn = undefined)))
  /** A token that works: the one there is, or a refreshed one, or that of a new sign-in. */
  const getAccessToken = async () => (await auth.getToken()) ?? signIn()
  return {
    getAccessToken,
    async fetch(path: string, init?: RequestInit): Promise<Response> {
      await getAccessToken()
      return auth.fetch(path, init)
    },
    forget: () => auth.signout(),
  }
}
