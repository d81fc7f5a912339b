// A hosted backend as SDKs have it: one token endpoint for passwords and refresh
// tokens, an API that answers 401, both on an origin of their own.
import { pagesOf, serve } from './kit.js'
import { TokenBook, api, credential } from './tokens.js'

export async function start() {
  const tokens = new TokenBook()
  const backend = await serve(
    (request) => {
      if (request.path === '/oauth/token') return token(tokens, request.body)
      if (request.path === '/oauth/revoke') {
        tokens.revoke(request.body.token)
        return {}
      }
      const user = tokens.userOf(credential(request.headers.authorization))
      return user ? api(request, user) : { status: 401, body: { error: 'unauthorized' } }
    },
    { cors: true },
  )
  const site = await serve(() => ({ status: 404 }), {
    pages: await pagesOf('sdk-client', { api: backend.url }),
  })
  return {
    ...backend,
    tokens,
    page: site.url,
    close: () => Promise.all([site.close(), backend.close()]),
  }
}

/** RFC 6749 sections 4.3 and 6. */
function token(/** @type {TokenBook} */ tokens, /** @type {Record<string, string>} */ body) {
  if (body.client_id !== 'sdk') return { status: 401, body: { error: 'invalid_client' } }
  const granted =
    body.grant_type === 'password'
      ? tokens.signin(body.username, body.password)
      : body.grant_type === 'refresh_token'
        ? tokens.renew(body.refresh_token)
        : undefined
  return granted
    ? {
        body: {
          access_token: granted.access,
          refresh_token: granted.refresh,
          expires_in: granted.expiresIn,
          token_type: 'Bearer',
        },
      }
    : { status: 400, body: { error: 'invalid_grant' } }
}
