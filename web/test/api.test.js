import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { startServer } from './client.js'

test('a good token opens the resources', async (t) => {
  const { signIn, get } = await startServer(t)
  const { access_token: token } = await signIn('grace', 'hopper')
  const me = await (await get('/api/me', token)).json()
  assert.deepEqual(me, { sub: 'grace', name: 'Grace Hopper', role: 'Compiler of compilers', born: 1906 })
  assert.equal((await (await get('/api/items?n=3', token)).json()).length, 3)
  assert.equal(
    await (await get('/api/stream', token)).text(),
    'chunk 1\nchunk 2\nchunk 3\nchunk 4\nchunk 5\n',
  )
  assert.deepEqual(await (await get('/api/slow?ms=20', token)).json(), { waited: 20 })
  assert.equal((await get('/api/nothing', token)).status, 404)
})

test('without a token a 401 says no more than Bearer', async (t) => {
  const { get } = await startServer(t)
  const response = await get('/api/me')
  assert.equal(response.status, 401)
  assert.equal(response.headers.get('www-authenticate'), 'Bearer')
})

test('an unknown, an expired and a revoked token get a 401 that says so', async (t) => {
  const { signIn, get, control } = await startServer(t)
  const invalid = async (token, words) => {
    const response = await get('/api/me', token)
    assert.equal(response.status, 401)
    assert.match(response.headers.get('www-authenticate'), /^Bearer error="invalid_token"/)
    assert.match((await response.json()).error_description, words)
  }
  await invalid('made-up', /unknown/)

  const first = await signIn()
  assert.equal((await control('expire-access-tokens')).expired, 1)
  await invalid(first.access_token, /expired/)

  const second = await signIn()
  await control('revoke-access-tokens')
  await invalid(second.access_token, /revoked/)
})

test('echo tells what arrived, and names the token only by its id', async (t) => {
  const { signIn, get } = await startServer(t)
  const { access_token: token } = await signIn()
  const body = 'x'.repeat(200_000)
  const answer = await get('/api/echo', token, { method: 'POST', body, headers: { 'X-Mark': '7' } })
  const text = await answer.text()
  const echo = JSON.parse(text)
  assert.equal(echo.method, 'POST')
  assert.equal(echo.headers['x-mark'], '7')
  assert.equal(echo.length, body.length)
  assert.equal(echo.sha256, createHash('sha256').update(body).digest('hex'))
  assert.ok(!text.includes(token))
})

test('the log holds every call and never a token', async (t) => {
  const { server, signIn, refresh, get, control } = await startServer(t)
  const first = await signIn()
  const second = await (await refresh(first.refresh_token)).json()
  await get('/api/items?n=1', second.access_token)
  await get('/api/me')

  const { counts, entries } = await control('log', undefined, 'GET')
  assert.deepEqual(
    entries.map((entry) => entry.kind),
    ['token', 'token', 'api', 'api'],
  )
  assert.deepEqual(
    entries.slice(2).map(({ method, path, status }) => [method, path, status]),
    [
      ['GET', '/api/items', 200],
      ['GET', '/api/me', 401],
    ],
  )
  assert.equal(counts.requests, 2)
  assert.equal(counts.refreshes, 1)
  const text = JSON.stringify(server.log.entries)
  for (const tokens of [first, second]) {
    for (const name of ['access_token', 'refresh_token', 'id_token']) assert.ok(!text.includes(tokens[name]))
  }
  assert.equal((await control(`log?since=${entries[2].n}`, undefined, 'GET')).entries.length, 1)
})
