// ID tokens as the whole package takes them: the core, the OAuth client, and the
// real module verify.wasm with Node's WebCrypto. The rules' own tests are Go's
// (wasm/internal/idtoken).
import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { test } from 'node:test'
import { createAuth } from '../dist/authfetch.js'

const issuer = 'https://issuer.test'
const base64url = (data) => Buffer.from(data).toString('base64url')

/** A key pair, and how it signs. */
function pair(alg, kid = alg) {
  const make = {
    RS: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
    PS: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ES: () =>
      generateKeyPairSync('ec', { namedCurve: { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }[alg] }),
    Ed: () => generateKeyPairSync('ed25519'),
  }[alg.slice(0, 2)]
  const { publicKey, privateKey } = make()
  const hash = alg.startsWith('Ed') ? null : `sha${alg.slice(2)}`
  const options = {
    key: privateKey,
    ...(alg.startsWith('PS') ? { padding: 6 /* PSS */, saltLength: Number(alg.slice(2)) / 8 } : {}),
    ...(alg.startsWith('ES') ? { dsaEncoding: 'ieee-p1363' } : {}),
  }
  return {
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg },
    jws(claims, header = {}) {
      const text = [{ alg, kid, ...header }, claims].map((part) => base64url(JSON.stringify(part))).join('.')
      return `${text}.${base64url(sign(hash, Buffer.from(text), options))}`
    },
  }
}

let servers = 0

/**
 * An issuer that answers with the ID token that `idToken` makes. The module knows
 * keys by their address, so each has one of its own.
 */
function server(idToken, keys) {
  const jwks = `/jwks/${++servers}`
  const state = { keys, log: [], offline: false, idToken }
  const metadata = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    revocation_endpoint: `${issuer}/revoke`,
    jwks_uri: issuer + jwks,
    response_types_supported: ['code'],
  }
  let count = 0
  state.fetch = async (input, init) => {
    const request = new Request(input, init)
    const { pathname } = new URL(request.url)
    state.log.push(pathname)
    if (pathname.startsWith('/.well-known/')) return Response.json(metadata)
    if (pathname === jwks) {
      if (state.offline) throw new TypeError('fetch failed')
      return Response.json({ keys: state.keys.map(({ jwk }) => jwk) })
    }
    if (pathname === '/token')
      return Response.json({
        access_token: `access-${++count}`,
        refresh_token: `refresh-${count}`,
        expires_in: 3600,
        id_token: state.idToken(),
      })
    return new Response(null, { status: 200 })
  }
  state.asked = (path) => state.log.filter((logged) => logged.startsWith(path)).length
  return state
}

function client(t, backend, verify = true) {
  const auth = createAuth({
    name: t.name,
    oauth: { issuer, clientId: 'spa', verify },
    autoRefresh: true,
    retry: { attempts: 1 },
    fetch: backend.fetch,
  })
  t.after(() => auth.close())
  return auth
}

const claims = (others = {}) => {
  const now = Math.floor(Date.now() / 1000)
  return { iss: issuer, sub: 'ada', aud: 'spa', iat: now, exp: now + 300, ...others }
}
const credentials = { username: 'ada', password: 'lovelace' }

for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA', 'RS512', 'PS384', 'ES384', 'ES512'])
  test(`an ID token that is signed with ${alg}`, async (t) => {
    const key = pair(alg)
    const backend = server(() => key.jws(claims()), [key])
    const session = await client(t, backend).signin(credentials)
    assert.equal(session.claims.sub, 'ada')
    await assert.rejects(
      client(
        t,
        server(() => pair(alg).jws(claims()), [key]),
      ).signin(credentials),
      /its signature is not that of the issuer's key/,
    )
  })

const key = pair('ES256')
const wrong = {
  'another client': [() => key.jws(claims({ aud: 'other' })), /for another client \(aud\)/],
  'an unknown key': [() => pair('ES256', 'other').jws(claims()), /no key of that name \(kid\)/],
  'its own key in its header': [() => key.jws(claims(), { jwk: key.jwk }), /its header has jwk/],
  'no signature': [
    () => `${key.jws(claims(), { alg: 'none' }).split('.', 2).join('.')}.`,
    /not signed|no JSON Web Token/,
  ],
  HS256: [() => key.jws(claims(), { alg: 'HS256' }), /algorithm \(alg\) is not accepted/],
  'another at_hash': [
    () => key.jws(claims({ at_hash: base64url('0123456789abcdef') })),
    /its at_hash is not/,
  ],
}
for (const [name, [idToken, message]] of Object.entries(wrong))
  test(`an ID token with ${name} is refused, and what came with it revoked`, async (t) => {
    let sent = ''
    const backend = server(() => (sent = idToken()), [key])
    const auth = client(t, backend)
    const error = await auth.signin(credentials).then(assert.fail, (error) => error)
    assert.equal(error.code, 'signin_failed')
    assert.match(error.message, message)
    assert.equal(error.transient, false)
    assert.equal(await auth.getSession(), null)
    for (const part of sent.split('.').filter(Boolean))
      assert.ok(!JSON.stringify({ ...error }).includes(part))
    // The access and the refresh token, while nobody waits for it.
    while (backend.asked('/revoke') < 2) await new Promise((resolve) => setTimeout(resolve, 1))
  })

test('keys that change during a session are fetched anew, once', async (t) => {
  const keys = [pair('ES256', 'first'), pair('ES256', 'second'), pair('ES256', 'third')]
  let signer = keys[0]
  const backend = server(() => signer.jws(claims()), [keys[0]])
  const auth = client(t, backend)
  await auth.signin(credentials)
  const before = backend.asked('/jwks')
  await auth.refresh()
  assert.equal(backend.asked('/jwks'), before, 'they are kept')
  ;[, signer] = keys
  backend.keys = keys.slice(0, 2)
  await auth.refresh()
  assert.equal(backend.asked('/jwks'), before + 1)
  ;[, , signer] = keys
  const error = await auth.refresh().then(assert.fail, (error) => error)
  assert.equal(error.code, 'refresh_failed')
  assert.match(error.message, /no key of that name \(kid\)/)
  assert.equal(backend.asked('/jwks'), before + 1, 'a flood of them asks no more often')
  assert.equal(await auth.getSession(), null)
})

test("without the issuer's keys nothing is spent, and a later try succeeds", async (t) => {
  const backend = server(() => key.jws(claims()), [key])
  backend.offline = true
  const auth = client(t, backend)
  const error = await auth.signin(credentials).then(assert.fail, (error) => error)
  assert.match(error.message, /issuer's keys could not be fetched/)
  assert.equal(error.transient, true)
  assert.equal(backend.asked('/token'), 0)
  backend.offline = false
  await auth.signin(credentials)
})

test('a refresh goes on with the same user', async (t) => {
  let sub = 'ada'
  const auth = client(
    t,
    server(() => key.jws(claims({ sub })), [key]),
  )
  await auth.signin(credentials)
  await auth.refresh()
  sub = 'eve'
  await assert.rejects(auth.refresh(), { code: 'refresh_failed', message: /another user/ })
})

test('options narrow what is accepted', async (t) => {
  const token = () => key.jws(claims({ auth_time: claims().iat - 3600 }))
  const signin = (verify) => client(t, server(token, [key]), verify).signin(credentials)
  await signin({ algs: ['ES256'] })
  await assert.rejects(signin({ algs: ['PS256'] }), /not among those/)
  await assert.rejects(signin({ needAtHash: true }), /it has no at_hash/)
  await assert.rejects(signin({ maxAge: 60 }), /asked too long ago \(auth_time\)/)
})
