import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as authfetch from '../dist/authfetch.js'
import { server } from './kit.js'

test('the default client works by name, and is configured once, before its use', async (t) => {
  const { auth, configure, fetch, getSession, getToken, on, onFailedRefresh, signin, signout } = authfetch
  t.after(() => auth.close())
  const backend = server({ refreshStatus: 400 })
  assert.throws(() => configure({ signin: 7 }), { code: 'bad_options' })
  configure({
    baseUrl: 'https://api.test',
    signin: '/signin',
    refresh: '/refresh',
    autoRefresh: true,
    fetch: backend.fetch,
  })
  assert.throws(() => configure({}), { code: 'bad_options' })
  const events = []
  on('signin', (event) => events.push(event.type))
  let failed = 0
  onFailedRefresh(() => void failed++)
  await signin({})
  assert.equal((await fetch('/me')).status, 200)
  assert.equal(await getToken(), 'access-1')
  assert.equal((await getSession()).accessToken, 'access-1')
  backend.access = 'revoked'
  await assert.rejects(fetch('/me'), { code: 'refresh_failed' })
  assert.equal(failed, 1)
  assert.equal(await auth.getSession(), null)
  await signin({})
  await signout()
  assert.equal(await getToken(), null)
  assert.deepEqual(events, ['signin', 'signin'])
})
