import { createAuth } from 'authfetch'

export interface OAuthOptions {
  server: string
  clientId: string
  /** How the server wants its token requests. RFC 6749 says forms. */
  body?: 'form' | 'json'
}

export function createOAuth({ server, clientId, body = 'form' }: OAuthOptions) {
  const fields = { client_id: clientId }
  return createAuth({
    name: `oauth:${clientId}`,
    baseUrl: server,
    signin: { url: '/token', body, fields: { ...fields, grant_type: 'authorization_code' } },
    refresh: { url: '/token', body, fields: { ...fields, grant_type: 'refresh_token' } },
    signout: { url: '/revoke', body: 'form', fields, refreshTokenField: 'token' },
    refreshBefore: 5 * 60,
    isUnauthorized: tokenIsInvalid,
  })
}

/** RFC 6750 section 3: any other 401 has a reason that a new token does not cure. */
function tokenIsInvalid({ status, headers }: Response): boolean {
  return status === 401 && /^Bearer\b.*\berror="?invalid_token\b/i.test(headers.get('WWW-Authenticate') ?? '')
}
