// A tab goes in the middle of a refresh, with no worker to help: the others are not
// kept, and nothing hangs. What the tab takes along, a server may forgive.
import type { Page } from '@playwright/test'
import { expect, fire, refreshes, sessionOf, signedInTabs, test } from '../../servers/tabs/fixtures.js'

/** How a tab goes; it answers the page that goes on. */
const ways: Record<string, (first: Page, second: Page) => Promise<Page>> = {
  closed: async (first, second) => (await first.close(), second),
  reloaded: async (first) => (await first.reload(), first),
  'navigated away and back': async (first) => {
    await first.goto('about:blank')
    await first.goBack()
    await first.waitForFunction(() => window.auth)
    return first
  },
}

for (const [how, leave] of Object.entries(ways)) {
  test(`a tab that is ${how} before the server has the request loses nothing`, async ({
    server,
    open,
    refreshIn,
  }) => {
    const [first, second] = await signedInTabs(open, 2)
    const { request, release } = await refreshIn(first!, 'stuck')
    const next = await leave(first!, second!)
    expect(await request).toBe('gone')
    expect(await fire(next, 5)).toEqual([200])
    release()
    expect(await next.evaluate(() => window.failures)).toEqual([])
    expect(refreshes(server).count).toBe(1)
  })

  test.describe('with a server that forgives', () => {
    test.use({ grace: 30 })
    test(`a tab that is ${how} after the rotation loses nothing`, async ({ server, open, refreshIn }) => {
      const [first, second] = await signedInTabs(open, 2)
      const { request, release } = await refreshIn(first!)
      const next = await leave(first!, second!)
      expect(await request).toBe('gone')
      expect(await fire(next, 5)).toEqual([200])
      release()
      expect(await next.evaluate(() => window.failures)).toEqual([])
      expect(refreshes(server).count).toBe(2)
    })
  })
}

test('a tab that takes the answer along ends the session where the server forgives nothing, cleanly', async ({
  server,
  open,
  line,
  refreshIn,
}) => {
  const [first, second] = await signedInTabs(open, 2)
  const { request, release } = await refreshIn(first!)
  await first!.close()
  await expect.poll(() => line.abandoned, 'the tab is really gone').toBe(1)
  release()
  await request
  expect(await fire(second!, 5)).toEqual(['refresh_failed'])
  expect(await second!.evaluate(() => window.failures)).toEqual(['refresh_failed'])
  expect(await sessionOf(second!)).toBeNull()
  expect(refreshes(server).reused.length).toBe(1)
  server.log.clear() // the one loss that no page can prevent by itself: worker.spec.ts has what can
})

for (const [name, query, abandoned] of [
  ['ends with it: nobody could store the answer', '', 1],
  ['goes on where the answer is a cookie', '?cookie', 0],
] as const)
  test(`the request of a refresh whose tab is closed ${name}`, async ({ open, line, refreshIn }) => {
    const [first] = await signedInTabs(open, 1, query)
    await open(query) // so that the browser has a page left
    const { release } = await refreshIn(first!)
    await first!.close()
    if (abandoned) await expect.poll(() => line.abandoned).toBe(abandoned)
    else await new Promise((resolve) => setTimeout(resolve, 500)) // in which the other is cut
    release()
    await expect.poll(() => line.delivered + line.abandoned).toBe(1)
    expect(line.abandoned).toBe(abandoned)
  })
