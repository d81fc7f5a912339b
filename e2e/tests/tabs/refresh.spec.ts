// One refresh, however many tabs and requests need it.
import {
  expect,
  fire,
  gate,
  refreshes,
  sessionOf,
  signedInTabs,
  signIn,
  test,
  withoutWebLocks,
} from '../../servers/tabs/fixtures.js'

for (const [how, prepare] of [
  ['Web Locks', async () => {}],
  ['leases', withoutWebLocks],
] as const) {
  test(`ten tabs that meet a refused token make one refresh, with ${how}`, async ({
    server,
    open,
    context,
  }) => {
    await prepare(context)
    const pages = await signedInTabs(open, 10)
    server.store.expireAccessTokens('ada')
    const outcomes = await Promise.all(pages.map((page) => fire(page, 5)))
    expect(outcomes).toEqual(pages.map(() => [200]))
    expect(refreshes(server).count).toBe(1)
  })

  test(`a laptop with ten tabs wakes, and they make one refresh, with ${how}`, async ({
    server,
    open,
    context,
  }) => {
    await prepare(context)
    // Its clocks jump, as they do where a laptop has slept: also that of `new Date()`,
    // which is what Go's own runtime looks at.
    await context.addInitScript(() => {
      let slept = 0
      for (const clock of [performance, Date]) {
        const now = clock.now.bind(clock)
        clock.now = () => now() + slept
      }
      globalThis.Date = new Proxy(Date, {
        construct: (Date, given) => new Date(...((given.length ? given : [Date.now()]) as [number])),
      })
      addEventListener('wake', () => {
        slept += 3_600_000
        dispatchEvent(new Event('online'))
        document.dispatchEvent(new Event('visibilitychange'))
      })
    })
    const pages = await signedInTabs(open, 10)
    const before = (await sessionOf(pages[0]!))?.accessToken
    server.store.expireAccessTokens('ada')
    const outcomes = await Promise.all(
      pages.map((page) =>
        page.evaluate(() => {
          dispatchEvent(new Event('wake'))
          return window.fire(5)
        }),
      ),
    )
    expect(outcomes).toEqual(pages.map(() => [200]))
    expect(refreshes(server).count).toBe(1)
    // They knew that it was over: nobody sent the old token, and nobody was refused.
    expect(server.log.counts().unauthorized).toBe(0)
    for (const page of pages) {
      const { accessToken } = (await sessionOf(page))!
      expect(accessToken).not.toBe(before)
      expect(accessToken).toBe((await sessionOf(pages[0]!))?.accessToken)
    }
  })
}

test('a storm of 500 requests in two tabs makes one refresh', async ({ server, open }) => {
  const pages = await signedInTabs(open, 2)
  server.store.expireAccessTokens('ada')
  expect(await Promise.all(pages.map((page) => fire(page, 250)))).toEqual([[200], [200]])
  expect(refreshes(server).count).toBe(1)
})

test('again and again, in turns and at once, no refresh token comes twice', async ({ server, open }) => {
  const pages = await signedInTabs(open, 4)
  for (let round = 0; round < 5; round++) {
    server.store.expireAccessTokens('ada')
    expect(await Promise.all(pages.map((page) => fire(page, 3)))).toEqual(pages.map(() => [200]))
  }
  expect(refreshes(server).count).toBe(5)
})

test('two clients of different names refresh each its own session', async ({ server, open }) => {
  const [one, other] = [await open('?name=one'), await open('?name=other')]
  await signIn(one)
  expect(await sessionOf(other)).toBeNull()
  await signIn(other)
  server.store.expireAccessTokens('ada')
  expect(await Promise.all([fire(one, 5), fire(other, 5)])).toEqual([[200], [200]])
  expect(refreshes(server).count).toBe(2)
  expect((await sessionOf(one))?.accessToken).not.toBe((await sessionOf(other))?.accessToken)
  await one.evaluate(() => window.auth.signout())
  expect(await fire(other, 1)).toEqual([200])
  expect(await fire(one, 1)).toEqual([401])
})

test('a refresh that takes longer than its time fails in passing, and the session stays', async ({
  server,
  open,
  line,
}) => {
  await signedInTabs(open, 1) // which may take its time
  const hasty = '?timeout=400&attempts=1'
  const pages = [await open(hasty), await open(hasty)]
  const { until, open: release } = gate()
  // Whoever comes first waits in vain, and so does the next.
  line.faults = [
    { kind: 'stuck', until },
    { kind: 'stuck', until },
  ]
  server.store.expireAccessTokens('ada')
  expect(await Promise.all(pages.map((page) => fire(page, 3)))).toEqual([
    ['refresh_failed'],
    ['refresh_failed'],
  ])
  for (const page of pages) {
    expect(await page.evaluate(() => window.failures)).toEqual([])
    expect(await sessionOf(page)).not.toBeNull()
  }
  release()
  line.faults = []
  // With more time than that it works.
  expect(await fire(await open(), 3)).toEqual([200])
  expect(refreshes(server).count).toBe(1)
})

test('tabs wait for one that is slow, and none of them asks as well', async ({ server, open, line }) => {
  const pages = await signedInTabs(open, 3)
  const { until, open: release } = gate()
  line.faults = [{ kind: 'held', until }]
  server.store.expireAccessTokens('ada')
  const waiting = pages.map((page) => fire(page, 3))
  await line.hasAnswered(1)
  // All of them have been refused, and wait.
  await expect.poll(() => server.log.counts().unauthorized).toBe(9)
  expect(line.refreshes).toBe(1)
  release()
  expect(await Promise.all(waiting)).toEqual([[200], [200], [200]])
  expect(refreshes(server).count).toBe(1)
})
