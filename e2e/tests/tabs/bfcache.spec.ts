// The back/forward cache: a page comes back as it was left, and finds out what has
// happened meanwhile. https://html.spec.whatwg.org/multipage/browsing-the-web.html
import type { Page } from '@playwright/test'
import config from '../../playwright.config.js'
import {
  expect,
  fire,
  gate,
  refreshes,
  sessionOf,
  signedInTabs,
  signIn,
  test,
} from '../../servers/tabs/fixtures.js'

// Playwright switches it off, but in this browser of our own.
test.use({
  launchOptions: {
    ...config.use?.launchOptions,
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  },
})

async function leave(page: Page): Promise<void> {
  await page.evaluate(() => (window.shown = [])) // which a page that is loaded anew has not
  await page.goto(new URL('?name=elsewhere', page.url()).href)
}

/** Goes back, and says whether that is the page which was left. */
async function back(page: Page): Promise<boolean> {
  await page.goBack({ waitUntil: 'commit' })
  await page.waitForFunction(() => (window.shown as boolean[] | undefined)?.length)
  return page.evaluate(() => window.shown.join() === 'true')
}

test('a page that comes back has the session that another tab has refreshed', async ({ server, open }) => {
  const [first, second] = await signedInTabs(open, 2)
  await leave(first!)
  server.store.expireAccessTokens('ada')
  expect(await fire(second!, 1)).toEqual([200])
  expect(await back(first!), 'from the cache').toBe(true)
  const { accessToken } = (await sessionOf(second!))!
  await expect.poll(async () => (await sessionOf(first!))?.accessToken).toBe(accessToken)
  expect(await fire(first!, 3)).toEqual([200])
  expect(refreshes(server).count).toBe(1)
  expect(server.log.counts().unauthorized, 'refused requests').toBe(1)
  // And it hears of what comes after.
  await second!.evaluate(() => window.auth.signout())
  await expect.poll(() => first!.evaluate(() => window.events)).toContain('remote signout')
})

test('a page that comes back is signed out where another tab was, and signed in where that was', async ({
  open,
}) => {
  const [first, second] = await signedInTabs(open, 2)
  await leave(first!)
  await second!.evaluate(() => window.auth.signout())
  expect(await back(first!), 'from the cache').toBe(true)
  await expect.poll(() => sessionOf(first!)).toBeNull()
  await leave(first!)
  await signIn(second!)
  expect(await back(first!), 'from the cache').toBe(true)
  await expect.poll(() => sessionOf(first!)).not.toBeNull()
  expect(await fire(first!, 3)).toEqual([200])
})

test('a refresh that was under way goes on when its page comes back', async ({ server, open, line }) => {
  const [page] = await signedInTabs(open, 1)
  const { until, open: release } = gate()
  line.faults = [{ kind: 'held', until }]
  server.store.expireAccessTokens('ada')
  await page!.evaluate(() => {
    window.fire(3).then(
      (outcomes) => window.events.push(...outcomes.map(String)),
      (error: unknown) => window.events.push(String(error)),
    )
  })
  await line.hasAnswered(1)
  await leave(page!)
  release()
  expect(await back(page!), 'from the cache').toBe(true)
  await expect.poll(() => page!.evaluate(() => window.events)).toContain('200')
  expect(await page!.evaluate(() => window.failures)).toEqual([])
  expect(refreshes(server).count).toBe(1)
})

test('a page in the cache keeps nobody from refreshing, and loses nothing where a worker helps', async ({
  server,
  open,
  line,
}) => {
  const [first, second] = await signedInTabs(open, 2)
  await first!.evaluate(() => window.employ('worker.js'))
  const { until, open: release } = gate()
  line.faults = [{ kind: 'held', until }]
  server.store.expireAccessTokens('ada')
  await first!.evaluate(() => void window.fire(1))
  await line.hasAnswered(1)
  await leave(first!)
  // The browser ends a page of the cache whose lock another one asks for.
  const waiting = fire(second!, 3)
  release()
  expect(await waiting).toEqual([200])
  expect(await back(first!), 'from the cache').toBe(false)
  await first!.evaluate(() => window.auth.ready)
  expect(await fire(first!, 3)).toEqual([200])
  expect(refreshes(server).count).toBe(1)
})
