import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from './client.js'

test('expiring the access token leaves the refresh token alone', async (t) => {
  const { signIn, refresh, get, control } = await startServer(t)
  const first = await signIn()
  await control('expire-access-tokens')
  assert.equal((await get('/api/me', first.access_token)).status, 401)
  const second = await (await refresh(first.refresh_token)).json()
  assert.equal((await get('/api/me', second.access_token)).status, 200)
})

test('revoking the sessions makes a refresh refused', async (t) => {
  const { signIn, refresh, control } = await startServer(t)
  const { refresh_token: token } = await signIn()
  assert.equal((await control('revoke-sessions')).revoked, 1)
  const response = await refresh(token)
  assert.equal(response.status, 400)
  assert.equal((await response.json()).error, 'invalid_grant')
})

test('an account limits a change to its own sessions', async (t) => {
  const { signIn, get, control } = await startServer(t)
  const ada = await signIn('ada', 'lovelace')
  const grace = await signIn('grace', 'hopper')
  assert.equal((await control('expire-access-tokens', { account: 'grace' })).expired, 1)
  assert.equal((await get('/api/me', ada.access_token)).status, 200)
  assert.equal((await get('/api/me', grace.access_token)).status, 401)
})

test('the lifetime changes for tokens that come after', async (t) => {
  const { signIn, control } = await startServer(t)
  await control('settings', { accessTokenTtl: 5 })
  assert.equal((await signIn()).expires_in, 5)
})

for (const settings of [
  { accessTokenTtl: 0 },
  { accessTokenTtl: '5' },
  { refreshDelay: -1 },
  { colour: 1 },
]) {
  test(`a setting that makes no sense is refused: ${JSON.stringify(settings)}`, async (t) => {
    const { control } = await startServer(t)
    assert.equal((await control('settings', settings)).status, 400)
  })
}

test('faults answer instead of the provider, as often as told, and use no token up', async (t) => {
  const { server, signIn, refresh, control } = await startServer(t)
  const { refresh_token: token } = await signIn()
  await control('faults', { status: 503, retryAfter: 2, times: 2 })
  await control('faults', { status: 429 })

  for (const status of [503, 503, 429]) {
    const response = await refresh(token)
    assert.equal(response.status, status)
    assert.equal(response.headers.get('retry-after'), status === 503 ? '2' : null)
    assert.ok((await response.json()).error)
  }
  assert.equal((await refresh(token)).status, 200)
  assert.equal(server.log.counts().presentedTwice, 0)
})

test('a fault for refreshes leaves a sign-in alone', async (t) => {
  const { password, control } = await startServer(t)
  await control('faults', { status: 503 })
  assert.equal((await password()).status, 200)
  await control('faults', { status: 503, grant: 'password' })
  assert.equal((await password()).status, 503)
})

test('a fault delays the answer', async (t) => {
  const { signIn, refresh, control } = await startServer(t)
  const { refresh_token: token } = await signIn()
  await control('faults', { delay: 150 })
  const began = performance.now()
  assert.equal((await refresh(token)).status, 200)
  assert.ok(performance.now() - began >= 149)
})

for (const drop of ['answer', 'body']) {
  test(`a dropped ${drop} uses the token up all the same`, async (t) => {
    const { server, signIn, refresh, control } = await startServer(t)
    const { refresh_token: token } = await signIn()
    await control('faults', { drop })
    await assert.rejects(refresh(token).then((response) => response.text()))
    const call = server.log.entries.at(-1)
    assert.equal(call.outcome, 'ok')
    assert.equal(call.dropped, drop)
    assert.ok(call.issued)
    assert.equal((await refresh(token)).status, 400)
  })
}

test('a page of a strange origin can press no button', async (t) => {
  const { server } = await startServer(t, { allowedOrigins: ['http://friend.example'] })
  const preflight = (origin) =>
    fetch(`${server.origin}/control/revoke-sessions`, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'content-type',
      },
    })
  assert.equal(
    (await preflight('http://friend.example')).headers.get('access-control-allow-origin'),
    'http://friend.example',
  )
  assert.equal((await preflight('http://evil.example')).headers.get('access-control-allow-origin'), null)

  const simple = await fetch(`${server.origin}/control/revoke-sessions`, { method: 'POST', body: '{}' })
  assert.equal(simple.status, 415)
})

test('the token endpoint refuses a page of a strange origin', async (t) => {
  const { server, form } = await startServer(t)
  const fields = { client_id: 'demo', grant_type: 'password', username: 'ada', password: 'lovelace' }
  assert.equal((await form('/oauth/token', fields, { Origin: 'http://evil.example' })).status, 400)
  const own = await form('/oauth/token', fields, { Origin: server.origin })
  assert.equal(own.headers.get('access-control-allow-origin'), server.origin)
})
