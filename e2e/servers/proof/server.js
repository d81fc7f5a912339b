// What DPoP and the verification of ID tokens are tried against: a certified OpenID
// Connect server (https://github.com/panva/node-oidc-provider), an API that checks
// proofs (RFC 9449 section 4.3), and an application, each an origin of its own.
// Users are signed in without being asked.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { calculateJwkThumbprint, EmbeddedJWK, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import Provider from 'oidc-provider'
import { dist } from '../build.js'

const folder = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url))

/** @typedef {{ path: string, status: number, body?: string, jti?: string, nonce?: string, error?: string }} Entry */

/**
 * Makes a key that signs ID tokens.
 * @param {string} alg
 */
export async function signer(alg, kid = alg) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  return {
    alg,
    kid,
    public: { ...(await exportJWK(publicKey)), alg, kid, use: 'sig' },
    private: { ...(await exportJWK(privateKey)), alg, kid, use: 'sig' },
    /** @param {any} claims @param {any} [header] */
    sign: (claims, header = {}) =>
      new SignJWT(claims).setProtectedHeader({ alg, kid, ...header }).sign(privateKey),
  }
}

export async function start() {
  const [backend, resource, site] = [createServer(), createServer(), createServer()]
  const issuer = `http://localhost:${await listen(backend)}`
  const api = `http://localhost:${await listen(resource)}`
  const app = `http://127.0.0.1:${await listen(site)}`
  const own = await signer('ES256', 'own')
  const knobs = {
    /** Whether proofs must have a nonce, at the server and at the API. */
    nonces: true,
    /** What the API wants to see. */
    nonce: 'nonce-1',
    /** Changes an answer of the token endpoint. @type {((answer: any) => any) | undefined} */
    token: undefined,
    /** The keys that are published in place of the server's. @type {object[] | undefined} */
    keys: undefined,
  }
  /** @type {Entry[]} */
  const log = []
  const provider = createProvider(issuer, app, own.private, knobs)
  provider.use(async (ctx, next) => {
    await next()
    if (ctx.path === '/token' && ctx.status === 200 && knobs.token) ctx.body = await knobs.token(ctx.body)
    if (ctx.path === '/jwks' && knobs.keys) ctx.body = { keys: knobs.keys }
    if (ctx.method === 'OPTIONS') return
    const { grant_type, dpop_jkt } = ctx.oidc?.params ?? {}
    const { jti, nonce } = claimsOf(ctx.get('DPoP'))
    log.push({
      path: ctx.path,
      status: ctx.status,
      body: String(grant_type ?? dpop_jkt),
      jti,
      nonce,
      error: ctx.body?.error,
    })
  })
  backend.on('request', async (req, res) => {
    if (req.url?.startsWith('/interaction/')) await passThrough(provider, req, res)
    else await provider.callback()(req, res)
  })

  const seen = new Set()
  resource.on('request', async (req, res) => {
    const origin = req.headers.origin ?? '*'
    res.setHeader('Access-Control-Allow-Origin', origin)
    res.setHeader('Access-Control-Allow-Headers', 'Authorization, DPoP, Content-Type')
    res.setHeader('Access-Control-Allow-Methods', 'GET, POST')
    res.setHeader('Access-Control-Expose-Headers', 'WWW-Authenticate, DPoP-Nonce, Date')
    if (req.method === 'OPTIONS') {
      res.writeHead(204).end()
      return
    }
    const body = await textOf(req)
    const [, token = ''] = /^DPoP (\S+)$/.exec(req.headers.authorization ?? '') ?? []
    const found = token ? await provider.AccessToken.find(token) : undefined
    const proof = String(req.headers.dpop ?? '')
    const { jti, nonce } = claimsOf(proof)
    const error = !found
      ? 'invalid_token'
      : await wrongWith(proof, req, { token, jkt: found.jkt, api, seen, knobs })
    const status = error ? 401 : 200
    log.push({ path: req.url ?? '', status, body, jti, nonce, error })
    if (knobs.nonces) res.setHeader('DPoP-Nonce', knobs.nonce)
    if (error) res.setHeader('WWW-Authenticate', `DPoP error="${error}", algs="ES256"`)
    res.writeHead(status, { 'Content-Type': 'application/json' })
    res.end(JSON.stringify({ sub: found?.accountId, body }))
  })
  site.on('request', async (req, res) => {
    const { pathname } = new URL(req.url ?? '/', app)
    const file = pathname.startsWith('/package/')
      ? join(dist, basename(pathname))
      : folder(`../../pages/proof/${pathname === '/main.js' ? 'main.js' : 'index.html'}`)
    const type = { js: 'text/javascript', html: 'text/html', wasm: 'application/wasm' }[
      file.split('.').pop() ?? ''
    ]
    const content = await readFile(file).catch(() => undefined)
    res.writeHead(content ? 200 : 404, { 'Content-Type': type ?? 'text/plain' }).end(content)
  })

  return {
    issuer,
    api,
    app,
    knobs,
    log,
    own,
    /** What came to a path, in order. */
    calls: (/** @type {string} */ path) => log.filter((entry) => entry.path.startsWith(path)),
    /** Has all access tokens expire. */
    expire() {
      for (const row of rows.get('AccessToken')?.values() ?? []) row.exp = 1
    },
    async close() {
      for (const server of [backend, resource, site]) {
        server.closeAllConnections()
        await new Promise((done) => server.close(done))
      }
    },
  }
}

/** What is wrong with a proof, "" for nothing: RFC 9449 section 4.3. */
async function wrongWith(
  /** @type {string} */ proof,
  /** @type {import('node:http').IncomingMessage} */ req,
  /** @type {any} */ { token, jkt, api, seen, knobs },
) {
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: ['ES256'],
    })
    if (knobs.nonces && payload.nonce !== knobs.nonce) return 'use_dpop_nonce'
    const recent = Math.abs(Date.now() / 1000 - Number(payload.iat)) < 60
    const ath = createHash('sha256').update(token).digest('base64url')
    const { pathname } = new URL(req.url ?? '', api)
    const fine =
      payload.htm === req.method &&
      payload.htu === api + pathname &&
      payload.ath === ath &&
      (knobs.nonces || recent) &&
      !seen.has(payload.jti) &&
      jkt === (await calculateJwkThumbprint(/** @type {any} */ (protectedHeader.jwk)))
    seen.add(payload.jti)
    return fine ? '' : 'invalid_dpop_proof'
  } catch {
    return 'invalid_dpop_proof'
  }
}

/** @type {Map<string, Map<string, any>>} */
let rows = new Map()

function createProvider(
  /** @type {string} */ issuer,
  /** @type {string} */ app,
  /** @type {object} */ key,
  /** @type {{ nonces: boolean }} */ knobs,
) {
  const tables = (rows = new Map())
  return new Provider(issuer, {
    adapter: class {
      constructor(/** @type {string} */ model) {
        if (!tables.has(model)) tables.set(model, new Map())
        this.rows = /** @type {Map<string, any>} */ (tables.get(model))
      }
      async upsert(/** @type {string} */ id, /** @type {any} */ payload) {
        this.rows.set(id, payload)
      }
      async find(/** @type {string} */ id) {
        return this.rows.get(id)
      }
      async findByUid(/** @type {string} */ uid) {
        return [...this.rows.values()].find((row) => row.uid === uid)
      }
      async consume(/** @type {string} */ id) {
        this.rows.get(id).consumed = Math.floor(Date.now() / 1000)
      }
      async destroy(/** @type {string} */ id) {
        this.rows.delete(id)
      }
      async revokeByGrantId(/** @type {string} */ grantId) {
        for (const [id, row] of this.rows) if (row.grantId === grantId) this.rows.delete(id)
      }
    },
    jwks: { keys: [key] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    clients: [
      {
        client_id: 'app',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [`${app}/`],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    scopes: ['openid', 'offline_access'],
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    responseTypes: ['code'],
    clientAuthMethods: ['none'],
    clientBasedCORS: () => true,
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: () => true },
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => knobs.nonces },
    },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    // Everything is allowed without asking: the server cannot ask one browser twice at the same time.
    loadExistingGrant: async ({ oidc: { session, client, params, provider } }) => {
      const clientId = String(client?.clientId)
      const known = await provider.Grant.find(session?.grantIdFor(clientId) ?? '')
      if (known) return known
      const grant = new provider.Grant({ accountId: session?.accountId, clientId })
      grant.addOIDCScope(String(params?.scope))
      await grant.save()
      return grant
    },
    issueRefreshToken: () => true,
    pkce: { required: () => true },
    rotateRefreshToken: true,
    ttl: {
      AccessToken: 600,
      IdToken: 300,
      AuthorizationCode: 60,
      RefreshToken: 3600,
      Grant: 3600,
      Interaction: 600,
      Session: 3600,
    },
  })
}

/** Signs a user in. */
async function passThrough(
  /** @type {Provider} */ provider,
  /** @type {import('node:http').IncomingMessage} */ req,
  /** @type {import('node:http').ServerResponse} */ res,
) {
  await provider.interactionFinished(req, res, { login: { accountId: 'ada' } })
}

/** @returns {{ jti?: string, nonce?: string }} what a proof says, believed */
function claimsOf(/** @type {string} */ proof) {
  return JSON.parse(Buffer.from(proof.split('.')[1] ?? '', 'base64url').toString() || '{}')
}

async function textOf(/** @type {import('node:http').IncomingMessage} */ req) {
  const chunks = []
  for await (const chunk of req) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function listen(/** @type {import('node:http').Server} */ server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port
}
