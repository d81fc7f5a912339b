// What sets out without the module being asked must set out as the module would have it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { client, server } from './kit.js'

/** A client that has sent a request, so that its credential stands. */
async function standing(t, backend, options) {
  const auth = client(t, backend, options)
  await auth.signin({})
  assert.equal((await auth.fetch('/me')).status, 200)
  backend.log.length = 0
  return auth
}

const carried = async (backend, work) => {
  await work.catch(() => {})
  return backend.log.map(({ path, authorization }) => `${path} ${authorization}`)
}

for (const [what, url, init, want] of [
  ['an ordinary request carries the token', '/items?page=2', {}, ['/items Bearer access-1']],
  ['another origin of ours does', 'https://files.test/a', {}, ['/a Bearer access-1']],
  ['a stranger gets none', 'https://stranger.test/a', {}, ['/a null']],
  ['nor one whose name begins alike', 'https://api.test.evil.test/a', {}, ['/a null']],
  ['nor one behind another scheme or port', 'http://api.test:8080/a', {}, ['/a null']],
  ['nor an endpoint', '/signin?again#now', { method: 'POST' }, ['/signin null']],
  ['a credential of its own stays', '/a', { headers: { Authorization: 'Basic x' } }, ['/a Basic x']],
  ['auth: false sends it untouched', '/a', { auth: false }, ['/a null']],
  [
    'a refresh can be asked for',
    '/a',
    { auth: { forceRefresh: true } },
    ['/refresh null', '/a Bearer access-2'],
  ],
])
  test(what, async (t) => {
    const backend = server()
    const auth = await standing(t, backend, { origins: ['https://api.test', 'https://files.test'] })
    assert.deepEqual(await carried(backend, auth.fetch(url, init)), want)
    // Once more: the second request to an origin is not the module's any more.
    backend.log.length = 0
    if (want.length === 1) assert.deepEqual(await carried(backend, auth.fetch(url, init)), want)
  })

test('what stands follows the session', async (t) => {
  const backend = server()
  const auth = await standing(t, backend)
  const next = async () => (await carried(backend, auth.fetch('/a'))).at(-1)
  await auth.refresh()
  assert.equal(await next(), '/a Bearer access-2')
  await auth.setTokens({ access_token: 'given', refresh_token: 'refresh-2' })
  backend.access = 'given'
  assert.equal(await next(), '/a Bearer given')
  await auth.signout()
  assert.equal(await next(), '/a null')
  await auth.signin({})
  assert.equal(await next(), `/a Bearer ${backend.access}`)
})

test('what stands ends when a refresh may be due', async (t) => {
  const backend = server({ expiresIn: 1 })
  const auth = await standing(t, backend, { refreshBefore: 0 })
  await new Promise((resolve) => setTimeout(resolve, 1100))
  backend.access = 'expired'
  assert.deepEqual(await carried(backend, auth.fetch('/a')), ['/refresh null', '/a Bearer access-2'])
})

test('nothing stands once the client is closed', async (t) => {
  const backend = server()
  const auth = await standing(t, backend)
  auth.close()
  await assert.rejects(auth.fetch('/a'), { code: 'closed' })
  assert.deepEqual(backend.log, [])
})
