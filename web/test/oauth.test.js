import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { startServer } from './client.js'

test('the password grant answers tokens', async (t) => {
  const { password } = await startServer(t, { accessTokenTtl: 77 })
  const response = await password()
  const tokens = await response.json()
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('cache-control'), 'no-store')
  assert.deepEqual(Object.keys(tokens).sort(), [
    'access_token',
    'expires_in',
    'id_token',
    'refresh_token',
    'scope',
    'token_type',
  ])
  assert.equal(tokens.expires_in, 77)
  const claims = JSON.parse(Buffer.from(tokens.id_token.split('.')[1], 'base64url'))
  assert.equal(claims.sub, 'ada')
  assert.equal(claims.name, 'Ada Lovelace')
})

for (const [name, password] of [
  ['ada', 'hopper'],
  ['nobody', 'lovelace'],
  ['__proto__', ''],
  ['', ''],
]) {
  test(`the password grant refuses '${name}' with '${password}'`, async (t) => {
    const client = await startServer(t)
    const response = await client.password(name, password)
    assert.equal(response.status, 400)
    assert.deepEqual(await response.json(), {
      error: 'invalid_grant',
      error_description: 'the name or the password is wrong',
    })
  })
}

test('without offline_access there is no refresh token', async (t) => {
  const { password } = await startServer(t)
  const tokens = await (await password('ada', 'lovelace', 'openid')).json()
  assert.equal(tokens.refresh_token, undefined)
  assert.ok(tokens.id_token)
})

test('a refresh rotates: new tokens, and the log knows their line of descent', async (t) => {
  const { server, signIn, refresh, get } = await startServer(t)
  const first = await signIn()
  const second = await (await refresh(first.refresh_token)).json()
  const third = await (await refresh(second.refresh_token)).json()
  assert.equal(new Set([first, second, third].map((tokens) => tokens.refresh_token)).size, 3)
  assert.equal((await get('/api/me', third.access_token)).status, 200)

  const calls = server.log.entries.filter((entry) => entry.kind === 'token')
  assert.deepEqual(
    calls.map((call) => call.outcome),
    ['ok', 'ok', 'ok'],
  )
  assert.equal(calls[1].presented, calls[0].issued)
  assert.equal(calls[2].presented, calls[1].issued)
  assert.equal(server.log.counts().presentedTwice, 0)
})

test('a refresh token that is used twice ends the session', async (t) => {
  const { server, signIn, refresh, get } = await startServer(t)
  const first = await signIn()
  const second = await (await refresh(first.refresh_token)).json()

  const again = await refresh(first.refresh_token)
  assert.equal(again.status, 400)
  assert.equal((await again.json()).error, 'invalid_grant')
  assert.equal(server.log.entries.at(-1).outcome, 'invalid_grant: refresh token already used')
  assert.equal(server.log.counts().presentedTwice, 1)

  assert.equal((await refresh(second.refresh_token)).status, 400, 'its successor is revoked')
  assert.equal((await get('/api/me', second.access_token)).status, 401, 'and so is the access token')
})

test('a refresh token that two calls use at the same moment ends the session', async (t) => {
  const { signIn, refresh } = await startServer(t)
  const { refresh_token: shared } = await signIn()
  const answers = await Promise.all([refresh(shared), refresh(shared)])
  assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 400])
  const winner = await answers.find((answer) => answer.ok).json()
  assert.equal((await refresh(winner.refresh_token)).status, 400)
})

test('inside the grace a used refresh token works once more', async (t) => {
  const { signIn, refresh } = await startServer(t, { reuseGrace: 10 })
  const { refresh_token: shared } = await signIn()
  assert.equal((await refresh(shared)).status, 200)
  assert.equal((await refresh(shared)).status, 200)
})

test('without rotation a refresh token stays', async (t) => {
  const { signIn, refresh } = await startServer(t, { rotation: false })
  const { refresh_token: kept } = await signIn()
  assert.equal((await (await refresh(kept)).json()).refresh_token, kept)
  assert.equal((await refresh(kept)).status, 200)
})

test('revocation ends the session', async (t) => {
  const { server, form, signIn, refresh, get } = await startServer(t)
  const tokens = await signIn()
  const response = await form('/oauth/revoke', { client_id: 'demo', token: tokens.refresh_token })
  assert.equal(response.status, 200)
  assert.equal(server.log.entries.at(-1).kind, 'revocation')
  assert.equal((await refresh(tokens.refresh_token)).status, 400)
  assert.equal((await get('/api/me', tokens.access_token)).status, 401)
})

test('the authorization code flow signs in on the page of the server', async (t) => {
  const { server, form, get } = await startServer(t)
  const verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    client_id: 'demo',
    response_type: 'code',
    redirect_uri: `${server.origin}/callback`,
    scope: 'openid offline_access',
    prompt: 'consent',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const browser = createBrowser()
  const asked = await browser.visit(`${server.origin}/oauth/auth?${query}`)
  const page = asked.headers.get('location')
  assert.match(await (await browser.visit(new URL(page, server.origin))).text(), /Sign in/)

  const refused = await browser.visit(new URL(page, server.origin), { username: 'grace', password: 'wrong' })
  assert.equal(refused.status, 400)
  const accepted = await browser.visit(new URL(page, server.origin), {
    username: 'grace',
    password: 'hopper',
  })
  const back = await browser.visit(accepted.headers.get('location'))
  const redirect = new URL(back.headers.get('location'))
  assert.equal(redirect.origin + redirect.pathname, `${server.origin}/callback`)

  const answer = await form('/oauth/token', {
    client_id: 'demo',
    grant_type: 'authorization_code',
    code: redirect.searchParams.get('code'),
    redirect_uri: `${server.origin}/callback`,
    code_verifier: verifier,
  })
  const tokens = await answer.json()
  assert.equal(answer.status, 200, JSON.stringify(tokens))
  assert.ok(tokens.refresh_token)
  assert.equal((await (await get('/api/me', tokens.access_token)).json()).name, 'Grace Hopper')
})

/** Keeps cookies and follows no redirect. */
function createBrowser() {
  const cookies = new Map()
  return {
    async visit(url, fields) {
      const response = await fetch(url, {
        redirect: 'manual',
        headers: { Cookie: [...cookies].map((pair) => pair.join('=')).join('; '), Accept: 'text/html' },
        ...(fields && { method: 'POST', body: new URLSearchParams(fields) }),
      })
      for (const cookie of response.headers.getSetCookie()) {
        const [name, value] = cookie.split(';')[0].split('=')
        cookies.set(name, value)
      }
      return response
    },
  }
}
