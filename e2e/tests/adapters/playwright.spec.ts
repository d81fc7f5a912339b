// `authfetch/playwright`, on a page whose client knows nothing of the test.
import { expect, type Page } from '@playwright/test'
import type { AuthOptions } from 'authfetch'
import { authFixtures, signIn, watchSession, type AuthFixtures } from 'authfetch/playwright'
import { test as base } from '../../servers/faults/fixtures.js'

const test = base.extend<AuthFixtures>(authFixtures).extend({
  baseURL: async ({ server }, use) => use(server.origin),
})
test.use({ authOptions: { refresh: '/refresh' } })

/** Opens the application. */
async function open(page: Page, options: AuthOptions = {}): Promise<void> {
  await page.goto('/')
  await page.evaluate((options) => {
    const onFailedRefresh = () => void (faults.kept.failures = (faults.kept.failures ?? 0) + 1)
    faults.kept.auth = faults.client({ onFailedRefresh, ...options })
  }, options)
}

const ask = (page: Page, url = '/guarded/1') =>
  page.evaluate(async (url) => (await faults.outcome(() => faults.kept.auth.fetch(url))).status, url)
const failures = (page: Page) => page.evaluate(() => faults.kept.failures ?? 0)

/** What is stored in localStorage, and the generation that the ledger in IndexedDB has. */
const stored = (page: Page) =>
  page.evaluate(async () => {
    const database = await new Promise<IDBDatabase>((resolve) => {
      const opening = indexedDB.open('authfetch')
      opening.onsuccess = () => resolve(opening.result)
    })
    const generation = await new Promise<number>((resolve) => {
      const reading = database.transaction('ledger').objectStore('ledger').get('authfetch:authfetch')
      reading.onsuccess = () => resolve(reading.result.generation)
    })
    database.close()
    return { ledger: generation, record: JSON.parse(localStorage.getItem('authfetch')!) }
  })

test('signs in as authfetch itself does, with the ledger and the record in step', async ({
  page,
  server,
  authSession,
}) => {
  await open(page)
  await page.evaluate(() => faults.kept.auth.signin())
  const own = await stored(page)
  await page.evaluate(() => faults.kept.auth.signout())

  await authSession.signIn(server.grant())
  await open(page)
  expect(await ask(page)).toBe(200)
  const given = await stored(page)
  expect(given.record.generation).toBe(given.ledger)
  expect(given.ledger).toBeGreaterThan(own.ledger)
  expect(Object.keys(given.record)).toEqual(Object.keys(own.record))
  expect([given.record.accessToken, given.record.refreshToken]).toEqual([server.accepted, server.refreshable])
  expect(await page.evaluate(() => faults.kept.auth.refresh().then(() => 'refreshed'))).toBe('refreshed')
  expect(authSession.refreshes).toHaveLength(1)
})

for (const indexedDB of [true, false])
  test(`a storage state ${indexedDB ? 'with' : 'without'} IndexedDB is that of a signed-in user`, async ({
    context,
    browser,
    server,
  }) => {
    await signIn(context, server.grant(), { url: server.origin })
    const storageState = await context.storageState({ indexedDB })
    const later = await browser.newContext({ storageState, baseURL: server.origin })
    const session = watchSession(later, { url: server.origin, refresh: '/refresh' })
    const page = await later.newPage()
    await open(page)
    expect(await ask(page)).toBe(200)
    await session.expire()
    expect(await ask(page)).toBe(200)
    expect(await ask(page)).toBe(200)
    expect(session.refreshes).toHaveLength(1)
    const { ledger, record } = await stored(page)
    expect(record.generation).toBe(ledger)
    await later.close()
  })

test("signs in under an application's own name and keys", async ({ context, page, server }) => {
  const storage = { keys: { accessToken: 'jwt', refreshToken: 'rt' } }
  await signIn(context, server.grant(), { url: server.origin, name: 'shop', storage })
  await open(page, { name: 'shop', storage })
  expect(await ask(page)).toBe(200)
  expect(await page.evaluate(() => [localStorage.getItem('jwt'), localStorage.getItem('rt')])).toEqual([
    server.accepted,
    server.refreshable,
  ])
})

test('stores no refresh token where that is an HttpOnly cookie', async ({ context, page, server }) => {
  await signIn(context, server.grant(), { url: server.origin, refresh: { url: '/refresh', cookie: true } })
  await open(page)
  const { record } = await stored(page)
  expect(record.accessToken).toBe(server.accepted)
  expect(record).not.toHaveProperty('refreshToken')
})

test.describe('expire', () => {
  test('has a token refused that was never sent, and one that was', async ({ page, server, authSession }) => {
    await authSession.signIn(server.grant())
    await authSession.expire()
    await open(page)
    for (let round = 1; round <= 2; round++) {
      const statuses = await Promise.all(Array.from({ length: 5 }, (_, i) => ask(page, `/guarded/${i}`)))
      expect(statuses).toEqual([200, 200, 200, 200, 200])
      expect(authSession.refreshes).toHaveLength(round)
      expect(server.asked('/refresh')).toHaveLength(round)
      await authSession.expire()
    }
    expect(await failures(page)).toBe(0)
  })

  test('has it refused at another origin too', async ({ page, server, other, authSession }) => {
    await authSession.signIn(server.grant())
    await open(page, { origins: [other.origin] })
    other.route('/guarded/*', ({ headers, reply }) =>
      reply(headers['authorization'] === `Bearer ${server.accepted}` ? 200 : 401),
    )
    expect(await ask(page, `${other.origin}/guarded/1`)).toBe(200)
    await authSession.expire()
    expect(await ask(page, `${other.origin}/guarded/1`)).toBe(200)
    expect(authSession.refreshes).toHaveLength(1)
  })

  test('works with a session that is in memory, once its token has been seen', async ({
    page,
    server,
    authSession,
  }) => {
    server.route('/refresh', ({ json }) => json(server.grant()))
    await open(page, { storage: 'memory', refresh: { url: '/refresh', cookie: true } })
    await page.evaluate(() => faults.kept.auth.signin())
    expect(await ask(page)).toBe(200)
    await authSession.expire()
    expect(await ask(page)).toBe(200)
    expect(authSession.refreshes).toHaveLength(1)
  })

  test('leaves alone what carries no token', async ({ page, server, authSession }) => {
    await authSession.signIn(server.grant())
    await open(page)
    await authSession.expire()
    expect(await page.evaluate(async () => (await fetch('/open/1')).status)).toBe(200)
    expect(authSession.refreshes).toHaveLength(0)
  })
})

test.describe('revoke', () => {
  test('ends the session with the next refresh', async ({ page, server, authSession }) => {
    await authSession.signIn(server.grant())
    await open(page)
    expect(await ask(page)).toBe(200)
    await authSession.revoke()
    const failure = await page.evaluate(() => faults.outcome(() => faults.kept.auth.fetch('/guarded/1')))
    expect(failure).toMatchObject({
      rejected: { code: 'refresh_failed', status: 400, error: 'invalid_grant', transient: false },
    })
    expect(await failures(page)).toBe(1)
    expect(authSession.refreshes).toHaveLength(1)
    expect(server.asked('/refresh'), 'the server was not asked').toHaveLength(0)
    expect((await stored(page)).record).not.toHaveProperty('accessToken')
  })

  test('does nothing to the session that comes after', async ({ page, server, authSession }) => {
    await authSession.signIn(server.grant())
    await open(page)
    await authSession.revoke()
    await ask(page)
    await page.evaluate(() => faults.kept.auth.signin())
    expect(await ask(page)).toBe(200)
    await authSession.expire()
    expect(await ask(page)).toBe(200)
    expect(await failures(page)).toBe(1)
  })
})

test('a sign-in at the same endpoint is no refresh', async ({ context, page, server }) => {
  server.route('/token', ({ json }) => json(server.grant()))
  const session = watchSession(context, {
    url: server.origin,
    baseUrl: '/',
    refresh: { url: '/token', body: 'form' },
  })
  const endpoint = (grant_type: string, body: 'form' | 'json') => ({
    url: '/token',
    body,
    fields: { grant_type },
  })
  for (const body of ['form', 'json'] as const) {
    await open(page, { signin: endpoint('password', body), refresh: endpoint('refresh_token', body) })
    await page.evaluate(async () => {
      await faults.kept.auth.signin({ username: 'ada', password: 'lovelace' })
      await faults.kept.auth.refresh()
    })
  }
  expect(server.asked('/token')).toHaveLength(4)
  expect(session.refreshes.map((request) => request.postData()?.includes('refresh_token'))).toEqual([
    true,
    true,
  ])
})

test('a function may know the refreshes', async ({ context, page, server }) => {
  const session = watchSession(context, {
    url: server.origin,
    refresh: (request) => request.postDataJSON()?.refresh_token !== undefined,
  })
  await session.signIn(server.grant())
  await open(page)
  await page.evaluate(() => faults.kept.auth.refresh())
  expect(session.refreshes).toHaveLength(1)
})

test('says what is missing', async ({ context }) => {
  await expect(signIn(context, 'token', {})).rejects.toThrow('`url`')
})
