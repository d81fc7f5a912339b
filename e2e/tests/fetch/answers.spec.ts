// Answers are the browser's own, also those that it makes of redirects and of
// what it has cached.
import { expect, signedIn, test } from '../../servers/faults/fixtures.js'
import type { Answer } from '../../servers/faults/server.js'
import { make, same, takeLog, type Calls } from './side-by-side.js'

const hops: Calls = {
  '302 of a GET': (url) => [`${url}?status=302`],
  '302 of a POST': (url) => [`${url}?status=302`, { method: 'POST', body: 'b' }],
  '303 of a PUT': (url) => [`${url}?status=303`, { method: 'PUT', body: 'b' }],
  '307 of a POST': (url) => [`${url}?status=307`, { method: 'POST', body: 'b' }],
  '308 of a PUT with FormData': (url) => {
    const body = new FormData()
    body.set('file', new File(['f'], 'f.txt'))
    return [`${url}?status=308`, { method: 'PUT', body }]
  },
  '307 of a Request': (url) => [new Request(`${url}?status=307`, { method: 'POST', body: 'b' })],
  'redirect: error': (url) => [`${url}?status=302`, { redirect: 'error' }],
  'redirect: error in a Request': (url) => [new Request(`${url}?status=302`, { redirect: 'error' })],
  'redirect: manual': (url) => [`${url}?status=302`, { redirect: 'manual' }],
  'to a fragment': (url) => [`${url}?status=302#part`],
  'without an address': (url) => [`${url}?status=302&to=`],
  'to a broken address': (url) => [`${url}?status=302&to=http://[`],
  'to nowhere': (url) => [`${url}?status=302&to=nosuch:thing`],
  'to another origin': (url, other) => [`${url}?status=302&to=${other}/open/foreign`],
  'to another origin, same-origin': (url, other) => [
    `${url}?status=302&to=${other}/open/foreign`,
    { mode: 'same-origin' },
  ],
  'in a circle': (url) => [`${url}?status=302&to=itself`],
}

test('redirects are the browser’s', async ({ page, server, other }) => {
  let open = true
  server.route('/hop/*', async ({ body, headers, path, reply, search }) => {
    await body
    if (!open && headers['authorization'] !== `Bearer ${server.accepted}`) return reply(401, 'refused')
    const landing = `/guarded/landed-at-${path.split('/').at(-1)}`
    const to = search.get('to') ?? landing
    const location = to === 'itself' ? `${path}?status=302&to=itself` : to
    reply(Number(search.get('status')), 'elsewhere', location ? { location } : {})
  })
  server.route('/guarded/*', async ({ body, headers, reply }) => {
    await body
    const fine = open || headers['authorization'] === `Bearer ${server.accepted}`
    reply(fine ? 200 : 401, fine ? 'landed' : 'refused')
  })
  await signedIn(page, server)
  const place = { base: `${server.origin}/hop/`, other: other.origin }
  await takeLog(server)
  const expected = await make(page, hops, 'window', place)
  const sent = await takeLog(server, other)

  open = false
  same('what the caller gets', await make(page, hops, 'auth', place), expected)
  expect(other.log.filter(({ headers }) => headers['authorization'])).toEqual([])
  same('what the servers see', await takeLog(server, other), sent)

  server.revoke()
  same('what the caller gets after a 401', await make(page, hops, 'auth', place), expected)
  expect(other.log.filter(({ headers }) => headers['authorization'])).toEqual([])
})

test('a 401 behind a redirect sends the whole request again', async ({ page, server }) => {
  server.route('/open/hop', async ({ body, reply }) => {
    await body
    reply(307, '', { location: '/guarded/landing' })
  })
  await signedIn(page, server)
  server.revoke()
  const outcome = await page.evaluate(() =>
    faults.outcome(() => faults.kept.auth.fetch('/open/hop', { method: 'POST', body: 'whole' })),
  )
  expect(outcome).toMatchObject({ status: 200, redirected: true, url: `${server.origin}/guarded/landing` })
  const bodies = [...server.asked('/open/hop'), ...server.asked('/guarded/landing')].map(({ body }) => body)
  expect((await Promise.all(bodies)).map(String)).toEqual(['whole', 'whole', 'whole', 'whole'])
})

test('a 401 of a stranger behind a redirect says nothing about the token', async ({
  page,
  server,
  other,
}) => {
  server.route('/open/hop', ({ reply }) => reply(302, '', { location: `${other.origin}/open/no` }))
  other.route('/open/no', ({ reply }) => reply(401, 'a stranger'))
  await signedIn(page, server)
  const outcome = await page.evaluate(() => faults.outcome(() => faults.kept.auth.fetch('/open/hop')))
  expect(outcome).toMatchObject({ status: 401, body: 'a stranger' })
  expect(server.asked('/refresh')).toEqual([])
})

test('the cache serves auth.fetch as it serves window.fetch', async ({ page, server }) => {
  server.route('/open/*', ({ reply }) =>
    reply(200, 'fresh', { 'cache-control': 'max-age=3600', etag: '"e"' }),
  )
  await signedIn(page, server)
  const asks = async (how: 'window' | 'auth') =>
    page.evaluate(async (how) => {
      const fetch: typeof window.fetch = how === 'window' ? window.fetch.bind(window) : faults.kept.auth.fetch
      const outcomes = []
      for (const cache of [
        'default',
        'default',
        'force-cache',
        'no-cache',
        'no-store',
        'reload',
        'only-if-cached',
      ] as const)
        outcomes.push(await faults.outcome(() => fetch(`/open/${how}`, { cache, mode: 'same-origin' })))
      return outcomes.map(({ url, ...rest }) => rest)
    }, how)
  expect(await asks('auth')).toEqual(await asks('window'))
  const seen = (path: string) =>
    server
      .asked(path)
      .map(({ headers }) => [headers['cache-control'], headers['if-none-match'], headers['pragma']])
  expect(seen('/open/auth')).toEqual(seen('/open/window'))
  expect(seen('/open/auth').length).toBeGreaterThan(2)
})

test('keepalive and priority hold for the second sending', async ({ page, secure }) => {
  await signedIn(page, secure)
  secure.revoke()
  const again = secure.hold('/refresh')
  const left = page.evaluate(() => {
    const init = { method: 'POST', body: 'bye', keepalive: true, priority: 'low' } as const
    faults.kept.answer = faults.kept.auth.fetch('/guarded/bye', init)
  })
  await left
  await secure.seen('/refresh')
  secure.hold('/guarded/bye')
  again.open()
  const second = await secure.seen('/guarded/bye', 2)
  const priorities = secure.asked('/guarded/bye').map(({ headers }) => headers['priority'])
  expect(priorities[1]).toBe(priorities[0])
  // The page goes, and the browser keeps the request that it was told to keep.
  await page.goto('about:blank')
  expect(await Promise.race([second.over, second.body.then(String)])).toBe('bye')
})

test('a second sending that fails is the browser’s error, and a second 401 is handed back', async ({
  page,
  server,
}) => {
  await signedIn(page, server)
  const answered = async (path: string) =>
    page.evaluate(
      (path) => faults.outcome(() => faults.kept.auth.fetch(path, { method: 'POST', body: 'b' })),
      path,
    )

  const refuse: Answer = async ({ body, reply }) => {
    await body
    reply(401, 'refused', { 'www-authenticate': 'Bearer' })
  }
  server.route('/open/broken', (call) =>
    server.asked('/open/broken').length > 1 ? call.cut() : refuse(call),
  )
  expect(await answered('/open/broken')).toMatchObject({ rejected: { name: 'TypeError' } })

  server.route('/open/refused', refuse)
  expect(await answered('/open/refused')).toMatchObject({ status: 401, body: 'refused' })
  expect(server.asked('/open/refused')).toHaveLength(2)
  expect(server.asked('/refresh')).toHaveLength(2)
})

test('a judge may read the answer, and what it throws is what the caller gets', async ({ page, server }) => {
  await page.goto(server.origin)
  server.route('/open/judged', async ({ body, headers, json }) => {
    const fine = headers['authorization'] === `Bearer ${server.accepted}`
    json(fine ? { fine: String(await body) } : { error: 'expired' })
  })
  const result = await page.evaluate(async () => {
    const seen: unknown[] = []
    const mine = new RangeError('mine')
    const auth = faults.client({
      isUnauthorized: async (response, request) => {
        seen.push([request instanceof Request, request.method, request.url, request.headers.get('x-own')])
        if (request.url.endsWith('throws')) throw mine
        return (await response.json()).error === 'expired'
      },
    })
    faults.kept.auth = auth
    await auth.signin()
    faults.kept.seen = seen
    return faults.rejectsWith(auth.fetch('/open/throws', { headers: { 'x-own': '1' } }), mine)
  })
  expect(result).toBe('the reason')
  server.revoke()
  const init = { method: 'PUT', body: 'whole', headers: { 'x-own': '2' } }
  const outcome = await page.evaluate(
    (init) => faults.outcome(() => faults.kept.auth.fetch('/open/judged', init)),
    init,
  )
  expect(outcome).toMatchObject({ status: 200, body: '{"fine":"whole"}' })
  expect(await page.evaluate(() => faults.kept.seen)).toEqual([
    [true, 'GET', `${server.origin}/open/throws`, '1'],
    [true, 'PUT', `${server.origin}/open/judged`, '2'],
  ])
})
