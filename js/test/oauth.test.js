// The OAuth client without a browser: what is asked of a server, and that nothing of
// it is loaded without the option.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AuthError, createAuth } from '../dist/authfetch.js'

const issuer = 'https://id.test'
const bad = { name: 'AuthError', code: 'bad_options' }

/** A server without a network; `log` tells what it was asked. */
function server({ metadata = {}, tokens = {} } = {}) {
  const log = []
  const fetch = async (input, init) => {
    const request = new Request(input, init)
    const { pathname } = new URL(request.url)
    const body = Object.fromEntries(new URLSearchParams(await request.text()))
    log.push({ pathname, body, redirect: request.redirect, keepalive: request.keepalive })
    if (pathname === '/.well-known/openid-configuration')
      return Response.json({ issuer, token_endpoint: `${issuer}/token`, ...metadata })
    if (pathname === '/token')
      return Response.json({
        access_token: `access-${log.length}`,
        refresh_token: 'r',
        expires_in: 60,
        ...tokens,
      })
    return new Response(null, { status: pathname === '/revoke' ? 200 : 404 })
  }
  return { log, fetch }
}

function client(t, { fetch }, oauth = {}, options = {}) {
  const auth = createAuth({
    oauth: { issuer, clientId: 'app', ...oauth },
    storage: 'memory',
    fetch,
    ...options,
  })
  t.after(() => auth.close())
  return auth
}

const credentials = { username: 'ann', password: 'secret' }

test('what needs the option says so', async (t) => {
  const auth = createAuth({ storage: 'memory' })
  t.after(() => auth.close())
  for (const call of ['signinRedirect', 'handleRedirect', 'signinPopup'])
    await assert.rejects(auth[call](), { ...bad, message: /`oauth`/ }, call)
  await assert.rejects(auth.signout({ redirect: true }), { ...bad, message: /`oauth`/ })
})

test('the password grant is a form, whose metadata is read once', async (t) => {
  const backend = server({ metadata: { revocation_endpoint: `${issuer}/revoke` } })
  const auth = client(t, backend, { scope: 'api', params: { audience: 'the-api', resource: ['a', 'b'] } })
  await auth.signin(credentials)
  await auth.refresh()
  await auth.signout()
  assert.deepEqual(
    backend.log.map(({ pathname }) => pathname),
    ['/.well-known/openid-configuration', '/token', '/token', '/revoke', '/revoke'],
  )
  const [, signin, refresh, ...revoked] = backend.log
  assert.deepEqual(signin.body, {
    ...{ grant_type: 'password', client_id: 'app', scope: 'api', audience: 'the-api', resource: 'b' },
    ...credentials,
  })
  assert.deepEqual(refresh.body, {
    ...{
      grant_type: 'refresh_token',
      refresh_token: 'r',
      client_id: 'app',
      audience: 'the-api',
      resource: 'b',
    },
  })
  assert.deepEqual(revoked.map(({ body }) => body.token).sort(), ['access-3', 'r'])
  for (const { redirect, keepalive, pathname } of backend.log.slice(1)) {
    assert.equal(redirect, 'error', 'it holds a secret')
    assert.equal(keepalive, pathname === '/revoke', 'nobody is left to store tokens')
  }
})

test('a server without revocation is signed out of all the same', async (t) => {
  const backend = server()
  const auth = client(t, backend)
  await auth.signin(credentials)
  await auth.signout()
  assert.equal(await auth.getSession(), null)
  assert.equal(backend.log.length, 2)
})

test('a server that cannot be trusted fails by its reason, and gets no password', async (t) => {
  for (const [metadata, message] of [
    [{ issuer: 'https://evil.test' }, /another issuer/],
    [{ token_endpoint: 'http://id.test/token' }, /token_endpoint is not an https URL/],
    [{ token_endpoint: undefined }, /no token endpoint/],
    [{ code_challenge_methods_supported: ['plain'] }, /PKCE/],
  ]) {
    const backend = server({ metadata })
    const auth = client(t, backend)
    await assert.rejects(auth.signin(credentials), { code: 'signin_failed', message })
    assert.deepEqual(
      backend.log.filter(({ pathname }) => pathname === '/token'),
      [],
    )
  }
})

test('an ID token for somebody else is refused, and its tokens revoked', async (t) => {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: issuer, sub: 'ann', aud: 'other', iat: now, exp: now + 60 }
  const backend = server({
    metadata: { revocation_endpoint: `${issuer}/revoke` },
    tokens: { id_token: `${part({ alg: 'RS256' })}.${part(claims)}.c2ln` },
  })
  const auth = client(t, backend)
  await assert.rejects(auth.signin(credentials), (error) => {
    assert.ok(error instanceof AuthError)
    assert.equal(error.error, 'invalid_id_token')
    assert.doesNotMatch(`${error.stack} ${error.cause}`, /secret|access-|c2ln/)
    return true
  })
  assert.equal(await auth.getSession(), null)
  assert.equal(backend.log.filter(({ pathname }) => pathname === '/revoke').length, 2)
})

test('a sign-out that cannot be led to the server says so, and has signed out here', async (t) => {
  const backend = server({ metadata: { issuer: 'https://other.test' } })
  const auth = client(t, backend, { tokenUrl: `${issuer}/token` })
  await auth.signin(credentials)
  await assert.rejects(auth.signout({ redirect: true }), (error) => {
    assert.ok(error instanceof AuthError)
    assert.equal(error.code, 'signed_out')
    assert.equal(error.transient, true)
    assert.match(error.message, /^Signed out here, but not at the server: Discovery/)
    return true
  })
  assert.equal(await auth.getSession(), null)
})

test('a sign-out that is asked for wrongly signs nobody out', async (t) => {
  const auth = client(t, server())
  await auth.signin(credentials)
  for (const redirect of ['/no/page/here', 'javascript:1', 7, {}])
    await assert.rejects(auth.signout({ redirect }), { ...bad, message: /`redirect`: expected a/ })
  const plain = createAuth({ storage: 'memory' })
  t.after(() => plain.close())
  await plain.setTokens('a-token')
  await assert.rejects(plain.signout({ redirect: true }), bad)
  for (const still of [auth, plain]) assert.ok(await still.getSession())
})

test('options that only a use can judge are refused then, by name', async (t) => {
  for (const [oauth, message] of [
    [{ scope: 7 }, /`oauth.scope`/],
    [{ leeway: -1 }, /`oauth.leeway`/],
    [{ params: { audience: {} } }, /`oauth.params.audience`/],
    [{ params: { grant_type: 'x' } }, /grant_type/],
  ])
    await assert.rejects(client(t, server(), oauth).signin(credentials), (error) => {
      assert.match(`${error.message} ${error.cause?.message}`, message)
      return true
    })
})
