import { generateKeyPairSync, randomBytes } from 'node:crypto'
import Provider from 'oidc-provider'
import { profileOf } from './accounts.js'
import { createFaults } from './faults.js'
import { handleInteraction, interactionUrl } from './interaction.js'
import { createLog } from './log.js'
import { createMemoryStore } from './memory-adapter.js'
import { observe } from './observe.js'
import { createPasswordGrant, passwordGrantParameters } from './password-grant.js'

export const CLIENT_ID = 'demo'

/**
 * An OAuth 2.0 authorization server in memory, for one public client, `demo`.
 *
 * @param {object} options
 * @param {string} options.issuer where it will be mounted, e.g. http://localhost:8080/oauth
 * @param {number} [options.accessTokenTtl] seconds
 * @param {number} [options.refreshTokenTtl] seconds
 * @param {boolean} [options.rotation] whether each refresh token works once. Using
 *   one twice revokes the session it belongs to
 * @param {number} [options.reuseGrace] seconds in which a used one still works
 * @param {string[]} [options.redirectUris] of the authorization code flow
 * @param {(origin: string) => boolean} [options.isAllowedOrigin] whose pages may call
 */
export function createOAuth({
  issuer,
  accessTokenTtl = 120,
  refreshTokenTtl = 24 * 60 * 60,
  rotation = true,
  reuseGrace = 0,
  redirectUris = [new URL('/callback', issuer).href],
  isAllowedOrigin = (origin) => origin === new URL(issuer).origin,
  log = createLog(),
}) {
  const settings = { accessTokenTtl, refreshTokenTtl, refreshDelay: 0 }
  const faults = createFaults()
  const store = createMemoryStore({ reuseGrace })

  const provider = new Provider(issuer, {
    adapter: store.adapter,
    jwks: { keys: [createSigningKey()] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    clients: [
      {
        client_id: CLIENT_ID,
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token', 'password'],
        redirect_uris: redirectUris,
        id_token_signed_response_alg: 'ES256',
      },
    ],
    scopes: ['openid', 'offline_access'],
    claims: { openid: ['sub', 'name', 'role'] },
    findAccount: (_ctx, id) => findAccount(id),
    responseTypes: ['code'],
    clientAuthMethods: ['none'],
    clientBasedCORS: (_ctx, origin) => isAllowedOrigin(origin),
    features: { devInteractions: { enabled: false }, revocation: { enabled: true, allowedPolicy } },
    interactions: { url: interactionUrl },
    // Not only where the user consents anew: the one client belongs to the server.
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: () => false,
    pkce: { required: () => true },
    rotateRefreshToken: rotation,
    routes: { revocation: '/revoke' },
    ttl: {
      AccessToken: () => settings.accessTokenTtl,
      RefreshToken: () => settings.refreshTokenTtl,
      Grant: () => settings.refreshTokenTtl,
      IdToken: () => settings.accessTokenTtl,
      AuthorizationCode: 60,
      Interaction: 10 * 60,
      Session: 24 * 60 * 60,
    },
  })
  provider.registerGrantType('password', createPasswordGrant(provider), passwordGrantParameters)
  provider.use(observe({ log, faults, settings }))
  provider.on('grant.error', (ctx, error) => {
    ctx.state.refusal = error.error_detail
  })

  const callback = provider.callback()
  const mountPath = new URL(issuer).pathname

  /** Handles a request below the issuer's path. */
  async function handle(req, res) {
    const url = req.url.slice(mountPath.length) || '/'
    if (await handleInteraction(provider, url, req, res)) return
    // As Express mounts an application: a shorter url, and the whole one beside it.
    req.originalUrl = req.url
    req.url = url
    await callback(req, res)
  }

  return { provider, store, settings, faults, log, handle }
}

function createSigningKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'demo' }
}

function findAccount(id) {
  const profile = profileOf(id)
  return profile && { accountId: id, claims: () => profile }
}

function allowedPolicy(_ctx, client, token) {
  return token.clientId === client.clientId
}
