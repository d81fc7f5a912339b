// An admin template's backend: pages and API on one origin, JWTs, camelCase names.
import { pagesOf, serve } from './kit.js'
import { TokenBook, api, credential } from './tokens.js'

/** @param {string} [pages] the folder of the pages that it serves */
export async function start(pages = 'admin-template') {
  const tokens = new TokenBook({ jwt: true })
  const granted = (/** @type {ReturnType<TokenBook['renew']>} */ grant) =>
    grant
      ? { body: { accessToken: grant.access, refreshToken: grant.refresh } }
      : { status: 401, body: { message: 'Sign in again' } }
  const server = await serve(
    (request) => {
      const { path, body, headers } = request
      if (path === '/auth/login') return granted(tokens.signin(body.username, body.password))
      if (path === '/auth/refresh-token') return granted(tokens.renew(body.refreshToken))
      if (path === '/auth/logout') {
        tokens.revoke(body.refreshToken)
        return { status: 204 }
      }
      const user = tokens.userOf(credential(headers.authorization))
      return user ? api(request, user) : { status: 401, body: { message: 'The token has expired' } }
    },
    { pages: await pagesOf(pages) },
  )
  return { ...server, tokens, page: server.url }
}
