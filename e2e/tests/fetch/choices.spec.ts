// What a request, and a page, can choose.
import type { Page } from '@playwright/test'
import { expect, signedIn, test } from '../../servers/faults/fixtures.js'
import type { Answer, Faults } from '../../servers/faults/server.js'

const fetched = (page: Page, path: string, init: object) =>
  page.evaluate(([path, init]) => faults.outcome(() => faults.kept.auth.fetch(path, init)), [
    path,
    init,
  ] as const)

const credentials = (server: Faults, path: string) =>
  server.asked(path).map(({ headers }) => headers['authorization'])

for (const way of ['init', 'Request'] as const)
  test(`a request's own Authorization is left alone (${way})`, async ({ page, server }) => {
    await signedIn(page, server)
    const outcomes = await page.evaluate(async (way) => {
      const spellings = ['Authorization', 'authorization', 'AUTHORIZATION']
      return Promise.all(
        spellings.map((name) => {
          const headers = { [name]: 'Basic bWluZQ==' }
          const given: [RequestInfo, RequestInit?] =
            way === 'Request' ? [new Request('/guarded/own', { headers })] : ['/guarded/own', { headers }]
          return faults.outcome(() => faults.kept.auth.fetch(...given))
        }),
      )
    }, way)
    expect(outcomes.map(({ status }) => status)).toEqual([401, 401, 401])
    expect(credentials(server, '/guarded/own')).toEqual([
      'Basic bWluZQ==',
      'Basic bWluZQ==',
      'Basic bWluZQ==',
    ])
    expect(server.asked('/refresh')).toEqual([])
  })

test('auth: false sends a request untouched, in every shape', async ({ page, server }) => {
  await signedIn(page, server)
  const outcomes = await page.evaluate(async () => {
    class Init {
      auth = false
      get method() {
        return 'PUT'
      }
    }
    const own = Object.assign(new Request('/elsewhere', { method: 'PATCH' }), { auth: false })
    return [
      await faults.outcome(() => faults.kept.auth.fetch('/guarded/plain', { auth: false })),
      await faults.outcome(() =>
        faults.kept.auth.fetch(new Request('/guarded/request', { method: 'POST', body: 'b' }), {
          auth: false,
        }),
      ),
      await faults.outcome(() => faults.kept.auth.fetch('/guarded/class', new Init())),
      await faults.outcome(() => faults.kept.auth.fetch('/guarded/init', own)),
    ].map(({ status }) => status)
  })
  expect(outcomes).toEqual([401, 401, 401, 401])
  expect(
    server.log
      .filter(({ path }) => path.startsWith('/guarded/'))
      .map(({ method, path, headers }) => [method, path, headers['authorization']]),
  ).toEqual([
    ['GET', '/guarded/plain', undefined],
    ['POST', '/guarded/request', undefined],
    ['PUT', '/guarded/class', undefined],
    ['PATCH', '/guarded/init', undefined],
  ])
  expect(server.asked('/refresh')).toEqual([])
})

test('a base URL holds for every call, with auth or without', async ({ page, server, other }) => {
  await signedIn(page, server, { baseUrl: `${other.origin}/open/`, signin: `${server.origin}/signin` })
  const paths = await page.evaluate(async () => {
    const calls = [
      faults.kept.auth.fetch('x'),
      faults.kept.auth.fetch('x', { auth: false }),
      faults.kept.auth.fetch('x', { mode: 'cors' }),
      faults.kept.auth.fetch('x', new Request('/elsewhere')),
      faults.kept.auth.fetch('../y/z?q=1'),
      faults.kept.auth.fetch(`${location.origin}/open/absolute`),
      // A Request is absolute already.
      faults.kept.auth.fetch(new Request('/open/request')),
    ]
    return (await Promise.all(calls)).map(({ url }) => url)
  })
  const [here, there] = [server.origin, other.origin]
  expect(paths).toEqual([
    ...[`${there}/open/x`, `${there}/open/x`, `${there}/open/x`, `${there}/open/x`, `${there}/y/z?q=1`],
    ...[`${here}/open/absolute`, `${here}/open/request`],
  ])
})

test('refresh: false sends the token and hands a 401 back', async ({ page, server }) => {
  await signedIn(page, server)
  expect(await fetched(page, '/guarded/x', { auth: { refresh: false } })).toMatchObject({ status: 200 })
  server.revoke()
  expect(await fetched(page, '/guarded/x', { auth: { refresh: false } })).toMatchObject({
    status: 401,
    body: 'refused',
  })
  expect(server.asked('/guarded/x')).toHaveLength(2)
  expect(server.asked('/refresh')).toEqual([])
})

test('forceRefresh refreshes before the request is sent', async ({ page, server }) => {
  await signedIn(page, server)
  const before = server.accepted
  expect(await fetched(page, '/guarded/x', { auth: { forceRefresh: true } })).toMatchObject({ status: 200 })
  expect(server.accepted).not.toBe(before)
  expect(credentials(server, '/guarded/x')).toEqual([`Bearer ${server.accepted}`])
})

test('refresh: true refreshes although autoRefresh is off', async ({ page, server }) => {
  await signedIn(page, server, { autoRefresh: false })
  server.revoke()
  expect(await fetched(page, '/guarded/x', {})).toMatchObject({ status: 401 })
  expect(await fetched(page, '/guarded/x', { auth: true })).toMatchObject({ status: 401 })
  expect(server.asked('/refresh')).toEqual([])
  expect(await fetched(page, '/guarded/x', { auth: { refresh: true } })).toMatchObject({ status: 200 })
  expect(server.asked('/refresh')).toHaveLength(1)
})

test('auth: null and undefined are as if it were not there', async ({ page, server }) => {
  await signedIn(page, server)
  expect(await fetched(page, '/guarded/x', { auth: null })).toMatchObject({ status: 200 })
  expect(await fetched(page, '/guarded/x', { auth: undefined })).toMatchObject({ status: 200 })
})

test('no refresh and no token goes to a stranger that resembles a friend', async ({
  page,
  server,
  other,
}) => {
  await signedIn(page, server)
  const urls = [
    `${other.origin}/open/port`,
    `${server.origin.replace('localhost', '127.0.0.1')}/open/address`,
    // A frame has a Request of its own.
    `${other.origin}/open/realm`,
  ]
  await page.evaluate(async (urls) => {
    const frame = document.body.appendChild(document.createElement('iframe'))
      .contentWindow as unknown as typeof globalThis
    const calls = [urls[0], urls[1], new frame.Request(urls[2] ?? '')]
    await Promise.all(calls.map((call) => faults.kept.auth.fetch(call).catch(() => {})))
  }, urls)
  for (const path of ['/open/port', '/open/realm'])
    expect.soft(credentials(other, path), path).toEqual([undefined])
  for (const entry of server.asked('/open/address')) expect(entry.headers['authorization']).toBeUndefined()
})

test('a URL that changes while the call waits takes no token along', async ({ page, server, other }) => {
  const loaded = server.hold('/authfetch.wasm')
  await page.goto(server.origin)
  const answer = page.evaluate(async (other) => {
    faults.kept.auth = faults.client()
    const signedIn = faults.kept.auth.signin()
    const url = new URL('/open/mine', location.href)
    const early = faults.kept.auth.fetch(url)
    url.href = `${other}/open/theirs`
    await signedIn
    return (await early).url
  }, other.origin)
  await server.seen('/authfetch.wasm')
  loaded.open()
  expect(await answer).toBe(`${server.origin}/open/mine`)
  expect(other.asked('/open/theirs')).toEqual([])
})

test('install puts auth.fetch in place of fetch, at once, and takes it away again', async ({
  page,
  server,
}) => {
  await page.goto(server.origin)
  const result = await page.evaluate(async () => {
    const original = window.fetch
    const auth = faults.client()
    const restore = auth.install() // before the module has loaded: loading it must not wait for itself
    const installed = window.fetch === auth.fetch
    await auth.signin()
    const [bare, owned] = [window.fetch, globalThis.fetch]
    const statuses = [
      (await bare('/guarded/bare')).status,
      (await window.fetch('/guarded/window')).status,
      (await owned.call(undefined, new Request('/guarded/request'))).status,
    ]
    const again = auth.install()
    again()
    const still = window.fetch === auth.fetch
    restore()
    const restored = window.fetch === original
    statuses.push((await fetch('/guarded/after')).status)
    restore()
    return { installed, statuses, still, restored, twice: window.fetch === original }
  })
  expect(result).toEqual({
    installed: true,
    statuses: [200, 200, 200, 401],
    still: true,
    restored: true,
    twice: true,
  })
})

test('what wraps an installed fetch stays, and clients that are installed do not call each other', async ({
  page,
  server,
}) => {
  await page.goto(server.origin)
  const result = await page.evaluate(async () => {
    const auth = faults.client()
    const restore = auth.install()
    const theirs: typeof fetch = (...args) => auth.fetch(...args)
    window.fetch = theirs
    restore()
    const kept = window.fetch === theirs
    await auth.signin()
    return { kept, status: (await fetch('/guarded/x')).status }
  })
  expect(result).toEqual({ kept: true, status: 200 })
})

test('the module is loaded again through the original fetch, when the first try failed', async ({
  page,
  server,
}) => {
  server.once('/authfetch.wasm', ({ reply }) => reply(503))
  await page.goto(server.origin)
  const result = await page.evaluate(async () => {
    const auth = faults.client()
    auth.install()
    const first = await auth.signin().catch((error: unknown) => faults.told(error).code)
    await auth.signin()
    return [first, (await fetch('/guarded/x')).status]
  })
  expect(result).toEqual(['wasm_failed', 200])
})

for (const [state, answer] of Object.entries<Answer>({
  'never comes': () => {},
  'is not there': ({ reply }) => reply(404),
}))
  test(`what can carry no token needs no module: one that ${state} keeps nobody else`, async ({
    page,
    server,
    other,
  }) => {
    server.route('/authfetch.wasm', answer)
    await page.goto(server.origin)
    const statuses = await page.evaluate(async (other) => {
      const { fetch } = faults.client()
      const answers = [
        fetch(`${other}/open/foreign`),
        fetch(new Request(`${other}/open/request`, { method: 'POST', body: 'b' })),
        fetch('/open/own', { headers: { authorization: 'Basic bWluZQ==' } }),
        fetch('/open/plain', { auth: false }),
        fetch(`${other}/open/opaque`, { mode: 'no-cors' }),
      ]
      return (await Promise.all(answers)).map(({ status }) => status)
    }, other.origin)
    expect(statuses).toEqual([200, 200, 200, 200, 0])
  })
