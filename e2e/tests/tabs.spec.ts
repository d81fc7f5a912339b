// Real tabs, real rotation, and a server that takes a refresh token that comes
// twice for theft. Its log is the judge.
import { test as base, expect, type BrowserContext, type Page } from '@playwright/test'
import { fileURLToPath } from 'node:url'
import type { Auth } from 'authfetch'
import { createDemoServer } from '../../web/server/index.js'

declare global {
  interface Window {
    auth: Auth
    failures: string[]
    events: string[]
    fire(count: number): Promise<(number | string)[]>
  }
}

type Server = Awaited<ReturnType<typeof createDemoServer>>

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const test = base.extend<{ server: Server; open: (query?: string) => Promise<Page> }>({
  server: async ({}, use) => {
    const server = await createDemoServer({
      folders: { '/package/': folder('../../js/dist/'), '/tabs/': folder('../pages/tabs/') },
    })
    await use(server)
    expect(refreshes(server).reused, 'refresh tokens that came twice').toEqual([])
    await server.close()
  },
  open: async ({ context, server }, use) => {
    await use(async (query = '') => {
      const page = await context.newPage()
      await page.goto(`${server.origin}/tabs/index.html${query}`)
      await page.evaluate(() => window.auth.ready)
      return page
    })
  },
})

function refreshes(server: Server): { count: number; reused: string[] } {
  const presented = [...(server.log.presentations() as Map<string, number>)]
  return {
    count: presented.reduce((sum, [, times]) => sum + times, 0),
    reused: presented.filter(([, times]) => times > 1).map(([id]) => id),
  }
}

const signIn = (page: Page) =>
  page.evaluate(() => window.auth.signin({ username: 'ada', password: 'lovelace' }))

async function signedInTabs(open: (query?: string) => Promise<Page>, count: number): Promise<Page[]> {
  const pages = [await open()]
  await signIn(pages[0]!)
  while (pages.length < count) pages.push(await open())
  return pages
}

const fire = (page: Page, count: number) => page.evaluate((count) => window.fire(count), count)

async function withoutWebLocks(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => Object.defineProperty(navigator, 'locks', { value: undefined }))
}

for (const [how, prepare] of [
  ['Web Locks', async () => {}],
  ['leases', withoutWebLocks],
] as const)
  test(`ten tabs that meet an expired token make one refresh, with ${how}`, async ({
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

test('a tab that is closed in the middle of a refresh does not keep the others', async ({ server, open }) => {
  const [first, second] = await signedInTabs(open, 2)
  server.settings.refreshDelay = 800
  server.store.expireAccessTokens('ada')
  const lost = fire(first!, 1).catch(() => 'closed')
  await first!.waitForRequest(/oauth\/token/)
  await first!.close()
  server.settings.refreshDelay = 0
  await lost
  // The rotation's answer is lost with the tab, or its request was; the server says which.
  const [outcome] = await fire(second!, 1)
  expect([200, 'refresh_failed']).toContain(outcome)
  if (outcome !== 200) expect(await second!.evaluate(() => window.failures)).toEqual(['refresh_failed'])
  server.log.entries.length = 0 // the second try of a lost rotation is no theft of ours
})

test('a sign-out is one in every tab, and a sign-in too', async ({ server, open }) => {
  const [first, second] = await signedInTabs(open, 2)
  await first!.evaluate(() => window.auth.signout())
  await expect.poll(() => second!.evaluate(() => window.events)).toContain('remote signout')
  expect(await second!.evaluate(() => window.auth.getSession())).toBeNull()
  expect(await fire(second!, 3)).toEqual([401])
  expect(await second!.evaluate(() => window.failures)).toEqual(['not_signed_in'])
  expect(await first!.evaluate(() => JSON.stringify(localStorage))).not.toContain('oken')
  await signIn(second!)
  await expect.poll(() => first!.evaluate(() => window.events)).toContain('remote signin')
  expect(await fire(first!, 1)).toEqual([200])
  expect(refreshes(server).count).toBe(0)
})

test('a sign-out during a refresh of another tab is final', async ({ server, open }) => {
  const [first, second] = await signedInTabs(open, 2)
  server.settings.refreshDelay = 500
  server.store.expireAccessTokens('ada')
  const waiting = fire(first!, 2)
  await first!.waitForRequest(/oauth\/token/)
  await second!.evaluate(() => window.auth.signout())
  expect(await waiting).toEqual(['signed_out'])
  await first!.waitForTimeout(800) // longer than the refresh takes: what it brings must not count
  for (const page of [first!, second!]) expect(await page.evaluate(() => window.auth.getSession())).toBeNull()
  const third = await open()
  expect(await third.evaluate(() => window.auth.getSession())).toBeNull()
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
    expect(await page.evaluate(() => window.auth.getSession())).toBeNull()
  }
  expect(refreshes(server).count).toBe(1)
})

test('two clients of different names know nothing of each other', async ({ server, open }) => {
  const [one, other] = [await open('?name=one'), await open('?name=other')]
  await signIn(one)
  expect(await other.evaluate(() => window.auth.getSession())).toBeNull()
  await signIn(other)
  await one.evaluate(() => window.auth.signout())
  expect(await fire(other, 1)).toEqual([200])
  expect(refreshes(server).count).toBe(0)
})

test('a network that is gone signs nobody out, and comes back', async ({ server, open, context }) => {
  const [page] = await signedInTabs(open, 1)
  server.store.expireAccessTokens('ada')
  await page!.evaluate(() => window.auth.fetch('/api/items?n=1')) // refreshes; now the next expiry, offline
  server.store.expireAccessTokens('ada')
  await context.setOffline(true)
  expect(await fire(page!, 2)).toEqual(['TypeError'])
  expect(await page!.evaluate(() => window.auth.refresh().catch((error) => error.transient))).toBe(true)
  await context.setOffline(false)
  expect(await fire(page!, 2)).toEqual([200])
  expect(await page!.evaluate(() => window.failures)).toEqual([])
})

test('passing faults of the token endpoint are retried', async ({ server, open }) => {
  const [page] = await signedInTabs(open, 1)
  server.store.expireAccessTokens('ada')
  server.faults.add({ grant: 'refresh_token', times: 2, status: 503 })
  expect(await fire(page!, 10)).toEqual([200])
  server.store.expireAccessTokens('ada')
  server.faults.add({ grant: 'refresh_token', times: 1, status: 429, retryAfter: 1 })
  const began = Date.now()
  expect(await fire(page!, 10)).toEqual([200])
  expect(Date.now() - began).toBeGreaterThan(900)
})

test('a page that was left comes back with what happened meanwhile', async ({ server, open }) => {
  const [first, second] = await signedInTabs(open, 2)
  await first!.goto('about:blank')
  server.store.expireAccessTokens('ada')
  expect(await fire(second!, 1)).toEqual([200])
  await first!.goBack()
  await first!.evaluate(() => window.auth.ready)
  expect(await fire(first!, 3)).toEqual([200])
  expect(refreshes(server).count).toBe(1)
})
