// Signing in and out is for all tabs, and final.
import {
  expect,
  fire,
  gate,
  refreshes,
  sessionOf,
  signedInTabs,
  signIn,
  test,
  withoutHearing,
} from '../../servers/tabs/fixtures.js'

test('a sign-out is one in every tab, and a sign-in too', async ({ server, open }) => {
  const [first, second] = await signedInTabs(open, 2)
  await first!.evaluate(() => window.auth.signout())
  await expect.poll(() => second!.evaluate(() => window.events)).toContain('remote signout')
  expect(await sessionOf(second!)).toBeNull()
  expect(await fire(second!, 3)).toEqual([401])
  expect(await second!.evaluate(() => window.failures)).toEqual(['not_signed_in'])
  expect(await first!.evaluate(() => JSON.stringify(localStorage))).not.toContain('oken')
  await signIn(second!)
  await expect.poll(() => first!.evaluate(() => window.events)).toContain('remote signin')
  expect(await fire(first!, 1)).toEqual([200])
  expect(refreshes(server).count).toBe(0)
})

test('nobody is sent to the sign-in page who has signed in elsewhere, also where that was not heard', async ({
  context,
  open,
}) => {
  const page = await open()
  await withoutHearing(context)
  const deaf = await open()
  await signIn(page)
  expect(await sessionOf(deaf)).toBeNull()
  expect(await fire(deaf, 3)).toEqual([200])
  expect(await deaf.evaluate(() => [window.failures, window.events])).toEqual([[], ['remote signin']])
  expect(await sessionOf(deaf)).toEqual(await sessionOf(page))
})

test('a sign-out during a refresh of another tab is final', async ({ server, open, line }) => {
  const [first, second] = await signedInTabs(open, 2)
  const { until, open: release } = gate()
  line.faults = [{ kind: 'held', until }]
  server.store.expireAccessTokens('ada')
  const waiting = fire(first!, 2)
  await line.hasAnswered(1)
  await second!.evaluate(() => window.auth.signout())
  expect(await waiting).toEqual(['signed_out'])
  release()
  await expect.poll(() => line.delivered).toBe(1)
  // What it brings is revoked: it must not count.
  await expect.poll(() => server.log.entries.filter(({ kind }) => kind === 'revocation').length).toBe(2)
  for (const page of [first!, second!, await open()]) expect(await sessionOf(page)).toBeNull()
})

test('a refused refresh ends the session in every tab, and calls each waiting one once', async ({
  server,
  open,
}) => {
  const pages = await signedInTabs(open, 3)
  await server.store.revokeGrants('ada')
  const outcomes = await Promise.all(pages.map((page) => fire(page, 4)))
  expect(outcomes).toContainEqual(['refresh_failed'])
  for (const [i, page] of pages.entries()) {
    // A tab that began after it had heard of the end was signed out already.
    const late = outcomes[i]!.includes(401)
    expect(outcomes[i]).toEqual(late ? [401] : ['refresh_failed'])
    expect(await page.evaluate(() => window.failures)).toEqual([late ? 'not_signed_in' : 'refresh_failed'])
    expect(await sessionOf(page)).toBeNull()
  }
  expect(refreshes(server).count).toBe(1)
})
