// The back/forward cache, which Playwright turns off unless it is told otherwise.
import config from '../../playwright.config.js'
import { api, expect, leave, outcomeOf, signInAtServer, test } from './kit.js'

test.use({
  launchOptions: {
    ...config.use?.launchOptions,
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  },
})

test('a page that the user comes Back to is not stuck signing in', async ({ server, open }) => {
  const page = await open()
  await page.evaluate(() => void (window.left = window.auth.signinRedirect().then(() => 'came back')))
  await page.waitForURL((url) => url.hostname === 'localhost')
  await page.goBack({ waitUntil: 'commit' }) // nothing loads
  expect(page.url()).toBe(`${server.app}/`)
  // The very page, with what it was waiting for.
  expect(await page.evaluate(() => window.left)).toBe('came back')
  await leave(page)
  await signInAtServer(page)
  expect(await outcomeOf(page)).toMatchObject({ value: { session: { claims: { sub: 'ann' } } } })
  expect(await api(page)).toBe(200)
})
