// An OAuth 2.0 authorization server and a resource server on one origin, the
// application on another. It grants by authorization code with PKCE, and says
// with WWW-Authenticate why it refuses (RFC 6750 section 3).
import { createHash, randomBytes } from 'node:crypto'
import { pagesOf, serve } from './kit.js'
import { TokenBook, api, credential } from './tokens.js'

/** @param {{ rotate?: boolean, body?: 'form' | 'json' }} [options] */
export async function start({ rotate = true, body = 'form' } = {}) {
  const tokens = new TokenBook({ rotate })
  /** @type {Map<string, Record<string, string>>} */
  const codes = new Map()
  const backend = await serve(
    (request) => {
      const { path, query } = request
      if (path === '/authorize') {
        // Ada is signed in here already, and always agrees.
        const code = randomBytes(16).toString('base64url')
        codes.set(code, query)
        return { status: 303, headers: { Location: `${query.redirect_uri}?code=${code}` } }
      }
      if (path === '/token') return token(tokens, codes, request)
      if (path === '/revoke') {
        tokens.revoke(request.body.token)
        return {}
      }
      if (path.startsWith('/refused/')) return refusals[path.slice('/refused/'.length)]
      const user = tokens.userOf(credential(request.headers.authorization))
      return user
        ? api(request, user)
        : challenge(
            401,
            'Bearer realm="api", error="invalid_token", error_description="The token has expired"',
          )
    },
    { cors: true },
  )
  const site = await serve(() => ({ status: 404 }), {
    pages: await pagesOf('oauth', { server: backend.url, body }),
  })
  return {
    ...backend,
    tokens,
    body,
    page: site.url,
    close: () => Promise.all([site.close(), backend.close()]),
  }
}

const challenge = (/** @type {number} */ status, /** @type {string} */ value) => ({
  status,
  headers: { 'WWW-Authenticate': value },
})

/** Refusals that a new token does not cure. */
export const refusals = /** @type {Record<string, import('./kit.js').Answer>} */ ({
  silent: { status: 401 },
  bare: challenge(401, 'Bearer realm="api"'),
  scope: challenge(401, 'Bearer error="insufficient_scope", scope="admin"'),
  other: challenge(401, 'DPoP error="invalid_token"'),
  forbidden: challenge(403, 'Bearer error="invalid_token"'),
})

function token(
  /** @type {TokenBook} */ tokens,
  /** @type {Map<string, Record<string, string>>} */ codes,
  /** @type {import('./kit.js').Entry} */ { body },
) {
  const refused = (/** @type {string} */ error_description) => ({
    status: 400,
    body: { error: 'invalid_grant', error_description },
  })
  if (body.client_id !== 'spa') return { status: 401, body: { error: 'invalid_client' } }
  let granted
  if (body.grant_type === 'authorization_code') {
    const asked = codes.get(body.code)
    codes.delete(body.code)
    const challenge = createHash('sha256').update(body.code_verifier).digest('base64url')
    if (asked?.code_challenge !== challenge || asked.redirect_uri !== body.redirect_uri)
      return refused('The code is not yours')
    granted = tokens.grant('ada')
  } else if (body.grant_type === 'refresh_token') {
    granted = tokens.renew(body.refresh_token)
    if (!granted) return refused('The refresh token has been revoked')
  } else return { status: 400, body: { error: 'unsupported_grant_type' } }
  return {
    body: {
      access_token: granted.access,
      refresh_token: granted.refresh,
      expires_in: granted.expiresIn,
      token_type: 'Bearer',
    },
  }
}
