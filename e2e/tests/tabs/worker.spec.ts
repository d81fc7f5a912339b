// A refresh outlives its tab: the application's service worker has it, and the next
// tab goes on with what came. The server forgives nothing here.
import type { BrowserContext, Page } from '@playwright/test'
import {
  expect,
  fire,
  refreshes,
  sessionOf,
  signedInTabs,
  signIn,
  test,
} from '../../servers/tabs/fixtures.js'

/** A tab with a worker, and a second one. */
async function employed(open: (query?: string) => Promise<Page>, query?: string): Promise<[Page, Page]> {
  const [first, second] = await signedInTabs(open, 2, query)
  await first!.evaluate(() => window.employ('worker.js'))
  await second!.waitForFunction(() => navigator.serviceWorker.controller)
  return [first!, second!]
}

/** Who sends the requests for tokens from now on, 'worker' or 'page', in order. */
function sendersIn(context: BrowserContext): string[] {
  const senders: string[] = []
  context.on('request', (request) => {
    if (request.url().endsWith('/oauth/token')) senders.push(request.serviceWorker() ? 'worker' : 'page')
  })
  return senders
}

const stored = (page: Page) => page.evaluate(() => window.stored())

/** A crash is none of them: its process may be the worker's too, which dies with it then. */
const deaths: Record<string, (page: Page) => Promise<unknown>> = {
  closed: (page) => page.close(),
  'navigated away': (page) => page.goto('about:blank'),
}

for (const [how, die] of Object.entries(deaths))
  test(`a tab that is ${how} between the rotation and its answer loses nothing`, async ({
    server,
    open,
    refreshIn,
  }) => {
    const [first, second] = await employed(open)
    const before = await sessionOf(first)
    const { request, release } = await refreshIn(first)
    await die(first)
    release()
    expect(await request).toBe('gone')
    expect(await fire(second, 5)).toEqual([200])
    expect(refreshes(server)).toEqual({ count: 1, reused: [] })
    expect(await second.evaluate(() => window.failures)).toEqual([])
    expect((await sessionOf(second))?.accessToken).not.toBe(before?.accessToken)
    expect((await stored(second)).ledger, 'in escrow').not.toContain('access_token')
    // What was inherited is good for the next one.
    server.store.expireAccessTokens('ada')
    expect(await fire(second, 5)).toEqual([200])
    expect(refreshes(server)).toEqual({ count: 2, reused: [] })
  })

test('a tab that reloads in the middle of a refresh waits for it, and asks for no other', async ({
  server,
  open,
  refreshIn,
}) => {
  const [first] = await employed(open)
  const { release } = await refreshIn(first)
  await first.reload()
  const waiting = fire(first, 5)
  await first.waitForFunction(() => window.traced.includes('refresh.lock'))
  release()
  expect(await waiting).toEqual([200])
  expect(refreshes(server)).toEqual({ count: 1, reused: [] })
  expect(await first.evaluate(() => window.traced)).toContain('refresh.inherit')
})

test('a tab that lives gets the answer from the worker, and nothing stays behind', async ({
  server,
  open,
  context,
}) => {
  const [first] = await employed(open)
  const senders = sendersIn(context)
  server.store.expireAccessTokens('ada')
  expect(await fire(first, 20)).toEqual([200])
  expect(await fire(first, 1)).toEqual([200])
  expect(refreshes(server).count).toBe(1)
  expect(await first.evaluate(() => window.events)).toContain('refresh')
  expect(await first.evaluate(() => window.traced)).not.toContain('refresh.inherit')
  const { ledger } = await stored(first)
  expect(ledger).not.toContain('escrow')
  expect(senders).not.toContain('page')
})

test('what is in escrow is gone with a sign-out', async ({ server, open, refreshIn }) => {
  const [first, second] = await employed(open)
  const { release } = await refreshIn(first)
  await first.close()
  release()
  await expect
    .poll(async () => (await stored(second)).ledger, 'an answer that nobody took')
    .toContain('access_token')
  await second.evaluate(() => window.auth.signout())
  const left = await stored(second)
  expect(left.ledger).not.toContain('access_token')
  expect(left.local).not.toContain('oken')
  expect(await fire(second, 1)).toEqual([401])
  await signIn(second)
  expect(await fire(second, 1)).toEqual([200])
  expect(refreshes(server).count).toBe(1)
})

test('an answer that comes after a sign-out is not kept', async ({ open, refreshIn }) => {
  const [first, second] = await employed(open)
  const { release } = await refreshIn(first)
  await first.close()
  await second.evaluate(() => window.auth.signout())
  release()
  // The worker holds this for as long as it is at it.
  await second.evaluate(() => navigator.locks.request('authfetch:tabs.escrow', () => {}))
  expect((await stored(second)).ledger).not.toContain('access_token')
  expect(await sessionOf(second)).toBeNull()
})

test('faults of the line are a worker’s as they are a page’s', async ({ line, server, open }) => {
  const [first] = await employed(open)
  for (const fault of [{ kind: 'lost' }, { kind: 'status', status: 503 }] as const) {
    line.faults = [fault]
    server.store.expireAccessTokens('ada')
    expect(await fire(first, 3), fault.kind).toEqual([200])
  }
  await server.store.revokeGrants('ada')
  expect(await fire(first, 3)).toEqual(['refresh_failed'])
  expect(await first.evaluate(() => window.failures)).toEqual(['refresh_failed'])
})

test('a worker that does not know authfetch is left alone', async ({ server, open }) => {
  const [page] = await signedInTabs(open, 1)
  await page!.evaluate(() => {
    window.events.length = 0
    navigator.serviceWorker.onmessage = () => window.events.push('the worker was told something')
    return window.employ('other-worker.js')
  })
  server.store.expireAccessTokens('ada')
  expect(await fire(page!, 3)).toEqual([200])
  expect(await page!.evaluate(() => window.events)).toEqual(['refresh'])
})

test('a worker that has gone keeps a refresh for two seconds, once', async ({ server, open }) => {
  const [first] = await employed(open)
  await first.evaluate(async () => {
    await (await navigator.serviceWorker.getRegistration())?.unregister()
  })
  await first.reload()
  await first.evaluate(() => window.employ('other-worker.js'))
  for (let i = 0; i < 3; i++) {
    server.store.expireAccessTokens('ada')
    const began = Date.now()
    expect(await fire(first, 3)).toEqual([200])
    if (i === 0) expect(Date.now() - began).toBeGreaterThan(1900)
    expect((await stored(first)).ledger).not.toContain('"worker"')
  }
  expect(refreshes(server).count).toBe(3)
})

test('a client with a fetch of its own sends with that', async ({ server, open, context }) => {
  const [first] = await employed(open, '?own-fetch')
  const senders = sendersIn(context)
  server.store.expireAccessTokens('ada')
  expect(await fire(first, 3)).toEqual([200])
  expect(senders).toEqual(['page'])
})
