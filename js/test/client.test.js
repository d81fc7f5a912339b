import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AuthError, createAuth } from '../dist/authfetch.js'
import { client, server } from './kit.js'

test('a signed-in request carries the token, and twenty refused ones share one refresh', async (t) => {
  const backend = server()
  const auth = client(t, backend)
  const session = await auth.signin({ username: 'ada', password: 'lovelace' })
  assert.equal(session.accessToken, 'access-1')
  assert.equal(JSON.parse(backend.asked('/signin')[0].body).password, 'lovelace')
  backend.access = 'revoked'
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => auth.fetch('/items', { method: 'POST', body: `body ${i}` })),
  )
  assert.deepEqual(
    await Promise.all(answers.map((answer) => answer.text())),
    Array.from({ length: 20 }, (_, i) => `POST /items body ${i}`),
  )
  assert.equal(backend.asked('/refresh').length, 1)
  assert.equal(backend.asked('/items').length, 40)
})

test('a session is frozen and never shows the refresh token', async (t) => {
  const auth = client(t, server())
  await auth.signin({})
  const session = await auth.getSession()
  assert.deepEqual(Object.keys(session).sort(), ['accessToken', 'claims', 'expiresAt'])
  assert.ok(Object.isFrozen(session))
  assert.ok(Math.abs(session.expiresAt - Date.now() - 3_600_000) < 5000)
})

test('a refused refresh calls the handler once and rejects every request with the same story', async (t) => {
  const backend = server({ refreshStatus: 400 })
  const errors = []
  const auth = client(t, backend, { onFailedRefresh: (error) => void errors.push(error) })
  await auth.signin({})
  backend.access = 'revoked'
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => auth.fetch('/me')))
  for (const { reason } of outcomes) {
    assert.ok(reason instanceof AuthError)
    assert.equal(reason.code, 'refresh_failed')
    assert.match(reason.message, /^Failed to refresh token: invalid_grant \(gone\)$/)
    assert.equal(reason.error, 'invalid_grant')
    assert.equal(reason.description, 'gone')
    assert.equal(reason.status, 400)
    assert.equal(reason.transient, false)
  }
  assert.equal(errors.length, 1)
  assert.deepEqual(await errors[0].response.json(), { error: 'invalid_grant', error_description: 'gone' })
  assert.equal(await auth.getSession(), null)
})

test('a handler may answer with a token, and the requests go on with it', async (t) => {
  const backend = server({ refreshStatus: 400 })
  const auth = client(t, backend)
  auth.onFailedRefresh(async () => {
    backend.access = 'from-handler'
    return 'from-handler'
  })
  await auth.signin({})
  backend.access = 'revoked'
  assert.equal((await auth.fetch('/me')).status, 200)
  assert.equal(await auth.getToken(), 'from-handler')
})

test('a passing failure keeps the session and calls no handler', async (t) => {
  const backend = server({ refreshStatus: 503 })
  const auth = client(t, backend, { onFailedRefresh: () => assert.fail('called') })
  await auth.signin({})
  backend.access = 'revoked'
  await assert.rejects(auth.fetch('/me'), { code: 'refresh_failed', transient: true, status: 503 })
  assert.equal(backend.asked('/refresh').length, 3)
  assert.equal((await auth.getSession()).accessToken, 'access-1')
})

test('functions in place of endpoints answer with a Response, with tokens, or throw', async (t) => {
  const backend = server()
  const seen = []
  let answer = () => ({ accessToken: 'access-2', refreshToken: 'refresh-2' })
  const auth = client(t, backend, {
    signin: (credentials, { signal, fetch }) => {
      seen.push(credentials, signal instanceof AbortSignal)
      return fetch('https://api.test/signin', { method: 'POST', body: '{}' })
    },
    refresh: (refreshToken) => {
      seen.push(refreshToken)
      return answer()
    },
  })
  const credentials = { otp: () => '123456' }
  await auth.signin(credentials)
  assert.equal(seen[0], credentials, 'the credentials are the same object')
  assert.equal(seen[1], true)
  assert.equal((await auth.refresh()).accessToken, 'access-2')
  assert.equal(seen[2], 'refresh-1')

  const cause = new Error('the library says no')
  answer = () => {
    throw cause
  }
  await assert.rejects(auth.refresh(), (error) => error.transient && error.cause === cause)
  answer = () => undefined
  await assert.rejects(auth.refresh(), /no access token|empty/)
  answer = () => {
    throw Object.assign(new Error('Request failed'), {
      response: { status: 401, data: { error: 'invalid_grant' } },
    })
  }
  await assert.rejects(auth.refresh(), {
    code: 'refresh_failed',
    transient: false,
    status: 401,
    error: 'invalid_grant',
  })
})

test('events tell what changed, and a listener that throws stops nobody', async (t) => {
  const backend = server()
  const auth = client(t, backend)
  const heard = []
  const reported = []
  globalThis.reportError = (error) => reported.push(error.message)
  t.after(() => delete globalThis.reportError)
  auth.on('signin', () => {
    throw new Error('from a listener')
  })
  for (const type of ['signin', 'refresh', 'signout', 'change'])
    auth.on(type, (event) => heard.push([event.type, event.remote, event.session?.accessToken]))
  await auth.signin({})
  await auth.refresh()
  await auth.signout()
  await new Promise((resolve) => setTimeout(resolve))
  assert.deepEqual(heard, [
    ['signin', false, 'access-1'],
    ['change', false, 'access-1'],
    ['refresh', false, 'access-2'],
    ['change', false, 'access-2'],
    ['signout', false, undefined],
    ['change', false, undefined],
  ])
  assert.deepEqual(reported, ['from a listener'])
  assert.deepEqual(JSON.parse(backend.asked('/signout')[0].body), { refresh_token: 'refresh-2' })
  assert.equal(backend.asked('/signout')[0].authorization, 'Bearer access-2')
})

test('what is registered can be unregistered, each by itself', async (t) => {
  const auth = client(t, server())
  let count = 0
  const listener = () => count++
  const [first] = [auth.on('signin', listener), auth.on('signin', listener)]
  first()
  first()
  await auth.signin({})
  await new Promise((resolve) => setTimeout(resolve))
  assert.equal(count, 1)
})

test('an abort frees a waiting request with its own reason and leaves the refresh to the others', async (t) => {
  const backend = server()
  const auth = client(t, backend)
  await auth.signin({})
  backend.access = 'revoked'
  backend.delay = 20
  const controller = new AbortController()
  const reason = new Error('changed my mind')
  const stays = auth.fetch('/stays')
  const leaves = auth.fetch('/leaves', { signal: controller.signal })
  while (!backend.asked('/refresh').length) await new Promise((resolve) => setTimeout(resolve, 1))
  controller.abort(reason)
  await assert.rejects(leaves, (error) => error === reason)
  assert.equal((await stays).status, 200)
  assert.equal(backend.asked('/leaves').length, 1)
})

test('close rejects what waits, at any stage, and all that comes later', async (t) => {
  const opening = client(t, server())
  const early = opening.fetch('/me')
  opening.close()
  await assert.rejects(early, { code: 'closed' })

  const backend = server()
  const auth = client(t, backend)
  await auth.signin({})
  backend.access = 'revoked'
  backend.delay = 1000
  const waiting = auth.fetch('/me')
  while (!backend.asked('/me').length) await new Promise((resolve) => setTimeout(resolve, 1))
  backend.delay = 0
  const refreshing = auth.refresh()
  auth.close()
  await assert.rejects(refreshing, { code: 'closed' })
  assert.equal((await waiting).status, 401, 'what is on the wire comes back as it is')
  await assert.rejects(auth.fetch('/me'), { code: 'closed' })
  await assert.rejects(auth.signin({}), { code: 'closed' })
  await assert.rejects(auth.ready, { code: 'closed' })
})

test('setTokens takes tokens, an answer as it is, or a bare token', async (t) => {
  const auth = client(t, server())
  await auth.setTokens({ data: { access_token: 'a', expires_in: '60' } })
  assert.equal(await auth.getToken(), 'a')
  await auth.setTokens('b')
  assert.equal(await auth.getToken(), 'b')
  await assert.rejects(auth.setTokens({ nothing: 1 }), { code: 'bad_options' })
  await assert.rejects(auth.setTokens(7), { code: 'bad_options' })
  await assert.rejects(
    auth.setTokens('two words'),
    (error) => error.code === 'bad_options' && !error.message.includes('two words'),
  )
  assert.equal(await auth.getToken(), 'b')
})

test('getToken refreshes a token that is too short for its purpose', async (t) => {
  const backend = server({ expiresIn: 100 })
  const auth = client(t, backend)
  assert.equal(await auth.getToken(), null)
  await auth.signin({})
  assert.equal(await auth.getToken({ minValidity: 50 }), 'access-1')
  assert.equal(await auth.getToken({ minValidity: 200 }), 'access-2')
  assert.equal(await auth.getToken({ forceRefresh: true }), 'access-3')
  await assert.rejects(auth.getToken({ minValidity: 'soon' }), { code: 'bad_options' })
})

test('a token goes to whole origins only, and never to its own endpoints', async (t) => {
  const backend = server()
  const auth = client(t, backend, {
    fetch: async (input, init) => {
      const request = new Request(input, init)
      seen.push([request.url, request.headers.get('authorization')])
      return backend.fetch(request)
    },
  })
  const seen = []
  await auth.signin({})
  seen.length = 0
  for (const url of [
    'https://api.test/x',
    'https://api.test.evil.com/x',
    'https://api.test:8443/x',
    'http://api.test/x',
    '/refresh',
    '/signin?x',
  ])
    await auth.fetch(url, { method: 'POST', body: '{}' })
  await auth.fetch('/own', { headers: { Authorization: 'Basic abc' } })
  assert.deepEqual(
    seen.filter(([, authorization]) => authorization?.startsWith('Bearer')),
    [['https://api.test/x', 'Bearer access-1']],
  )
  assert.equal(seen.at(-1)[1], 'Basic abc')
})

test('install puts the wrapped fetch in place of the global one, and takes it away', async (t) => {
  const original = globalThis.fetch
  t.after(() => (globalThis.fetch = original))
  const auth = client(t, server())
  await auth.signin({})
  const restore = auth.install()
  auth.install()
  assert.equal(await (await fetch('https://api.test/me')).text(), 'GET /me ')
  restore()
  assert.equal(globalThis.fetch, original)
})

test('debug hears every step and no token, password or query', async (t) => {
  const steps = []
  const backend = server()
  const auth = client(t, backend, { debug: (event) => steps.push(event) })
  await auth.signin({ username: 'ada', password: 'lovelace' })
  backend.access = 'revoked'
  await auth.fetch('/me?secret=1')
  await new Promise((resolve) => setTimeout(resolve))
  assert.deepEqual(
    steps.map((step) => step.type),
    [
      'session.signin',
      'request.start',
      'request.send',
      'request.answer',
      'refresh.start',
      'request.wait',
      'refresh.lock',
      'refresh.send',
      'refresh.done',
      'session.refresh',
      'request.send',
      'request.answer',
      'request.done',
    ],
  )
  assert.doesNotMatch(JSON.stringify(steps), /access-|refresh-\d|lovelace|secret/)
})

test('autoRefresh is off on a server unless it is switched on, for a client or a request', async (t) => {
  const backend = server()
  const auth = createAuth({
    baseUrl: 'https://api.test',
    signin: '/signin',
    refresh: '/refresh',
    fetch: backend.fetch,
  })
  t.after(() => auth.close())
  await auth.signin({})
  backend.access = 'revoked'
  assert.equal((await auth.fetch('/me')).status, 401)
  assert.equal(backend.asked('/refresh').length, 0)
  assert.equal((await auth.fetch('/me', { auth: { refresh: true } })).status, 200)
  assert.equal(backend.asked('/refresh').length, 1)
})
