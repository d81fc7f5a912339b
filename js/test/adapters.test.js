// What the adapters do without the library that they are for; the rest is tested with
// the real ones, in e2e/tests/adapters.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { build } from 'esbuild'
import axios from 'axios'
import { AuthError } from '../dist/authfetch.js'
import { withAuth } from '../dist/axios.js'
import { authGuard } from '../dist/vue.js'

const { outputFiles } = await build({
  entryPoints: [join(import.meta.dirname, '../src/adapters/session-store.ts')],
  bundle: true,
  format: 'esm',
  write: false,
})
const { sessionStore } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
)

/** A client whose answers come when a test says so. */
function fakeClient() {
  const client = { asked: [], listeners: new Set() }
  client.getSession = () => new Promise((resolve, reject) => client.asked.push({ resolve, reject }))
  client.on = (type, listener) => {
    assert.equal(type, 'change')
    client.listeners.add(listener)
    return () => client.listeners.delete(listener)
  }
  client.change = (session) => [...client.listeners].forEach((listener) => listener({ session }))
  return client
}
const session = (accessToken, expiresAt = null) => ({ accessToken, expiresAt, claims: null })
const settled = () => new Promise((resolve) => setImmediate(resolve))

test('a session store asks once somebody subscribes, and tells what has changed', async () => {
  const client = fakeClient()
  const store = sessionStore(client)
  assert.equal(store.read().session, undefined)
  assert.equal(client.asked.length + client.listeners.size, 0)
  let told = 0
  const stop = store.subscribe(() => told++)
  const stopAnother = store.subscribe(() => {})
  assert.equal(client.asked.length, 1)
  client.asked[0].resolve(session('one'))
  await settled()
  const known = store.read()
  assert.deepEqual([known.session.accessToken, told], ['one', 1])
  client.change(session('one'))
  assert.deepEqual([store.read(), told], [known, 1], 'the same session is no change')
  assert.equal(store.read(), known, 'and the same object, or React would render for ever')
  client.change(session('one', 1))
  client.change(null)
  assert.deepEqual([store.read().session, told], [null, 3])
  stop()
  stop()
  assert.equal(client.listeners.size, 1)
  stopAnother()
  assert.equal(client.listeners.size, 0)
})

test('an answer that is older than an event, or than the subscription, counts no more', async () => {
  const client = fakeClient()
  const store = sessionStore(client)
  store.subscribe(() => {})()
  const stop = store.subscribe(() => {})
  client.change(session('new'))
  client.asked[1].resolve(session('old'))
  client.asked[0].resolve(session('older'))
  await settled()
  assert.equal(store.read().session.accessToken, 'new')
  stop()
})

test('why a session cannot be known is forgotten when nobody is there to hear it, and tried again', async () => {
  const client = fakeClient()
  const store = sessionStore(client)
  const error = new AuthError('wasm_failed', 'no')
  const stop = store.subscribe(() => {})
  client.asked[0].reject(error)
  await settled()
  assert.equal(store.read().error, error)
  stop()
  assert.equal(store.read().error, undefined)
  store.subscribe(() => {})
  client.asked[1].resolve(null)
  await settled()
  assert.deepEqual(store.read(), { session: null })
})

test('it is tried again also where a provider goes on to listen', async () => {
  const client = fakeClient()
  const store = sessionStore(client)
  let told = 0
  store.subscribe(() => told++)
  const stop = store.subscribe(() => {})
  client.asked[0].reject(new AuthError('wasm_failed', 'no'))
  await settled()
  stop() // as React does with what has thrown
  assert.deepEqual(store.read(), { session: undefined })
  store.subscribe(() => {})
  client.asked[1].resolve(session('here'))
  await settled()
  assert.equal(store.read().session.accessToken, 'here')
  assert.equal(told, 2)
})

test('withAuth leaves an instance all that it has, and other errors as they are', async () => {
  const thrown = new RangeError('mine')
  const errors = [thrown, new AuthError('signed_out', 'The user has signed out')]
  const http = axios.create({ baseURL: 'https://api.test', timeout: 5, env: { Request: globalThis.Request } })
  const before = { ...http.defaults }
  withAuth(http, { fetch: async () => Promise.reject(errors.shift()) })
  assert.deepEqual({ ...http.defaults, adapter: 0, env: 0 }, { ...before, adapter: 0, env: 0 })
  assert.equal(http.defaults.env.Request, globalThis.Request)
  for (const expected of [...errors])
    await assert.rejects(http.get('/'), (error) => {
      assert.ok(axios.isAxiosError(error))
      assert.deepEqual([error.cause, error.code, error.response], [expected, expected.code, undefined])
      return true
    })
})

test('the guard lets everybody pass on a server, which asks nobody', async () => {
  const guard = authGuard({})
  assert.equal(await guard({ fullPath: '/account', meta: { requiresAuth: true } }), true)
})

test('the guard asks for the session, then for a token, and says where to go', async (t) => {
  globalThis.window = globalThis
  t.after(() => delete globalThis.window)
  const asked = []
  const answers = { session: null, token: null }
  const auth = {
    getSession: async () => (asked.push('session'), answers.session),
    getToken: async () => (asked.push('token'), answers.token),
  }
  const to = { fullPath: '/a?b#c', meta: { requiresAuth: true } }
  assert.deepEqual(await authGuard(auth)(to), { path: '/login', query: { redirect: '/a?b#c' } })
  answers.token = 'from a cookie'
  assert.equal(await authGuard(auth)(to), true)
  answers.session = session('one')
  assert.equal(await authGuard(auth)(to), true)
  assert.deepEqual(asked, ['session', 'token', 'session', 'token', 'session'])
  assert.equal(await authGuard(auth)({ fullPath: '/', meta: {} }), true)
  assert.equal(asked.length, 5, 'a page for everybody needs no answer')
  const everything = { requiresAuth: () => true, signin: '/in' }
  Object.assign(answers, { session: null, token: null })
  assert.equal((await authGuard(auth, everything)({ fullPath: '/', meta: {} })).path, '/in')
})
