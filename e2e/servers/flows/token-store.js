// A data source of a low-code builder: JWTs, which say themselves when they
// expire, sign-in and refresh at two endpoints, and a scheme of its own.
import { pagesOf, serve } from './kit.js'
import { TokenBook, api, credential } from './tokens.js'

export async function start() {
  const tokens = new TokenBook({ jwt: true })
  const granted = (/** @type {ReturnType<TokenBook['renew']>} */ grant) =>
    grant
      ? { body: { jwt: grant.access, refreshToken: grant.refresh } }
      : { status: 401, body: { message: 'Not valid' } }
  const source = await serve(
    (request) => {
      const { path, body, headers } = request
      if (path === '/users/sign-in') return granted(tokens.signin(body.email, body.password))
      if (path === '/tokens/refresh') return granted(tokens.renew(body.refreshToken))
      const user = tokens.userOf(credential(headers.authorization, 'JWT'))
      return user ? api(request, user) : { status: 401, body: { message: 'Not valid' } }
    },
    { cors: true },
  )
  const site = await serve(() => ({ status: 404 }), {
    pages: await pagesOf('token-store', { url: source.url }),
  })
  return { ...source, tokens, page: site.url, close: () => Promise.all([site.close(), source.close()]) }
}
