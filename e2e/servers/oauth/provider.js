// A certified OpenID Connect server (https://github.com/panva/node-oidc-provider), as
// strict as it comes: PKCE, rotation, a refresh token that is used twice ends the
// session, and pages on which a user signs in and consents.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import Provider, { errors } from 'oidc-provider'
import { handleInteraction } from './interaction.js'

const SCOPES = ['openid', 'offline_access']

/**
 * What a test may have go wrong. Each may be changed at any time.
 *
 * @typedef {object} Knobs
 * @property {(path: string) => { status?: number, type?: string, body?: unknown, delay?: number } | undefined} [discovery]
 *   what is answered in place of the metadata
 * @property {(answer: any) => unknown} [token] changes a token answer
 * @property {(location: URL) => void} [redirect] changes where the user is led back to
 * @property {() => void} [beforeRedeem] runs before a code is redeemed
 */

/** @param {{ issuer: string, redirectUris: string[], logoutUris: string[], accessTokenTtl?: number }} options */
export function createProvider({ issuer, redirectUris, logoutUris, accessTokenTtl = 600 }) {
  const store = createStore()
  /** @type {Knobs} */
  const knobs = {}
  /** What came to the token endpoint, the revocation and the discovery. @type {{ path: string, params: Record<string, string>, status: number, authorization: string }[]} */
  const log = []
  const provider = new Provider(issuer, {
    adapter: store.Adapter,
    jwks: { keys: [signingKey()] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    clients: [
      {
        client_id: 'app',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token', 'password'],
        redirect_uris: redirectUris,
        post_logout_redirect_uris: logoutUris,
        id_token_signed_response_alg: 'ES256',
      },
    ],
    scopes: SCOPES,
    claims: { openid: ['sub', 'name'] },
    conformIdTokenClaims: false,
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: `Name of ${id}` }) }),
    responseTypes: ['code'],
    clientAuthMethods: ['none'],
    clientBasedCORS: () => true,
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: (_, client, token) => token.clientId === client.clientId },
      rpInitiatedLogout: { enabled: true },
    },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    issueRefreshToken: () => true,
    pkce: { required: () => true },
    rotateRefreshToken: true,
    ttl: {
      AccessToken: accessTokenTtl,
      IdToken: accessTokenTtl,
      AuthorizationCode: 60,
      RefreshToken: 3600,
      Grant: 3600,
      Interaction: 7200,
      Session: 3600,
    },
  })
  provider.registerGrantType('password', passwordGrant(provider), ['username', 'password', 'scope'])
  provider.use(async (ctx, next) => {
    const discovery = ctx.path.startsWith('/.well-known/') && knobs.discovery?.(ctx.path)
    if (ctx.path === '/token' && ctx.method === 'POST') knobs.beforeRedeem?.()
    if (discovery?.delay) await sleep(discovery.delay)
    await next()
    if (ctx.path === '/token' && ctx.status === 200 && knobs.token) ctx.body = knobs.token(ctx.body)
    if (ctx.path.startsWith('/auth') && ctx.status === 303 && knobs.redirect) {
      const location = new URL(ctx.response.get('location'), issuer)
      if (location.searchParams.has('state')) knobs.redirect(location)
      ctx.set('Location', location.href)
    }
    if (discovery && (discovery.status || discovery.body)) {
      ctx.body = discovery.body ?? ''
      if (discovery.type) ctx.type = discovery.type
      ctx.status = discovery.status ?? 200
    }
    if (ctx.method !== 'OPTIONS' && /^\/(token|\.well-known)/.test(ctx.path))
      log.push({
        path: ctx.path,
        params: { ...ctx.oidc?.params },
        status: ctx.status,
        authorization: ctx.get('authorization'),
      })
  })

  return {
    provider,
    store,
    knobs,
    log,
    /** The values of all tokens that were ever issued. */
    issued: (/** @type {'AccessToken' | 'RefreshToken'} */ model) => [...store.tokens[model]],
    /** The calls of the token endpoint by their grant type. */
    calls: (/** @type {string} */ grant) => log.filter(({ params }) => params.grant_type === grant),
    /** @param {import('node:http').IncomingMessage} req @param {import('node:http').ServerResponse} res */
    async handle(req, res) {
      if (!(await handleInteraction(provider, req, res))) await provider.callback()(req, res)
    },
  }
}

function signingKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'first' }
}

/** The resource owner password credentials grant (RFC 6749 section 4.3): any name, one password. */
function passwordGrant(provider) {
  return async (ctx) => {
    const { client, params } = ctx.oidc
    if (params.password !== 'secret')
      throw Object.assign(new errors.InvalidGrant('wrong'), { error_description: 'the password is wrong' })
    const scope = (params.scope ?? '')
      .split(' ')
      .filter((name) => SCOPES.includes(name))
      .join(' ')
    const grant = new provider.Grant({ accountId: params.username, clientId: client.clientId })
    grant.addOIDCScope(scope)
    const owner = { accountId: params.username, client, gty: 'password', grantId: await grant.save(), scope }
    const access = new provider.AccessToken(owner)
    const idToken = new provider.IdToken({ sub: params.username }, { ctx })
    idToken.scope = 'openid'
    ctx.body = {
      access_token: await access.save(),
      expires_in: access.expiration,
      token_type: 'Bearer',
      refresh_token: await new provider.RefreshToken({ ...owner, rotations: 0 }).save(),
      id_token: await idToken.issue({ use: 'idtoken' }),
      scope,
    }
  }
}

/** Everything that the provider issues, open to the tests. */
function createStore() {
  /** @type {Map<string, Map<string, any>>} */
  const models = new Map()
  const rows = (/** @type {string} */ model) => {
    if (!models.has(model)) models.set(model, new Map())
    return /** @type {Map<string, any>} */ (models.get(model))
  }
  /** All that were ever issued, by their value. @type {Record<string, Set<string>>} */
  const tokens = { AccessToken: new Set(), RefreshToken: new Set() }
  class Adapter {
    constructor(/** @type {string} */ model) {
      this.model = model
      this.rows = rows(model)
    }
    async upsert(id, payload) {
      this.rows.set(id, payload)
      if (tokens[this.model]) tokens[this.model].add(id)
    }
    async find(id) {
      return this.rows.get(id)
    }
    async findByUid(uid) {
      return [...this.rows.values()].find((row) => row.uid === uid)
    }
    async consume(id) {
      this.rows.get(id).consumed = Math.floor(Date.now() / 1000)
    }
    async destroy(id) {
      this.rows.delete(id)
    }
    async revokeByGrantId(grantId) {
      for (const [id, row] of this.rows) if (row.grantId === grantId) this.rows.delete(id)
    }
  }
  return {
    Adapter,
    rows,
    tokens,
    /** Has everything of a model expire now. */
    expire(/** @type {string} */ model) {
      for (const row of rows(model).values()) row.exp = Math.floor(Date.now() / 1000) - 1
    },
  }
}
