// What every flow's application can rely on, whatever its server is like. The
// servers' logs are the judge.
import type { JSHandle, Page } from '@playwright/test'
import { expect, test } from '../../browsers/test.js'
import { serve, type Entry } from '../../servers/flows/kit.js'
import type { TokenBook } from '../../servers/flows/tokens.js'

export interface FlowServer extends Awaited<ReturnType<typeof serve>> {
  /** Where the application is; `url` is where its API is. */
  page: string
  tokens: TokenBook
}

/** What the tests here need of an application that somebody has signed in to. */
export interface App {
  fetch(path: string, init?: RequestInit): Promise<Response>
  signout(): Promise<unknown>
}

export interface Flow<Server extends FlowServer> {
  start(): Promise<Server>
  /** Opens the application and signs Ada in. */
  signIn(page: Page, server: Server): Promise<JSHandle<App>>
  /** The refreshes that the server was asked for, and the path that they came to. */
  refreshes(server: Server): Entry[]
  refreshPath: string
}

/** Playwright's test with a flow's server, started anew for each test. */
export function flowTest<Server extends FlowServer>(start: () => Promise<Server>) {
  return test.extend<{ server: Server }>({
    server: async ({}, use) => {
      const server = await start()
      await use(server)
      await server.close()
    },
  })
}

/** One of a page's own modules, with the very state that the page has. */
export function moduleOf<Module>(page: Page, name: string): Promise<JSHandle<Module>> {
  return page.evaluateHandle((url): Promise<Module> => import(url), `/assets/${name}.js`)
}

export const authorizations = (entries: Entry[]) => entries.map(({ headers }) => headers.authorization)
export const statuses = (entries: Entry[]) => entries.map(({ status }) => status)

/** Declares the tests, which share one page for speed: signing in takes longer than any of them. */
export function behavesAsAnyFlow<Server extends FlowServer>({
  start,
  signIn,
  refreshes,
  refreshPath,
}: Flow<Server>): void {
  test.describe.configure({ mode: 'default' })
  let server: Server
  let page: Page
  let app: JSHandle<App>

  test.beforeAll(async ({ browser }) => {
    server = await start()
    page = await browser.newPage()
    app = await signIn(page, server)
  })
  test.beforeEach(() => {
    server.log.length = 0
  })
  test.afterAll(async () => {
    await page.close()
    await server.close()
  })

  test('twenty requests that meet an expired token share one refresh', async () => {
    server.tokens.expire()
    const items = await app.evaluate((app) =>
      Promise.all(
        Array.from(
          { length: 20 },
          async (_, i) => ((await (await app.fetch(`/items/${i}`)).json()) as { item: string }).item,
        ),
      ),
    )
    expect(items, 'each got its own answer').toEqual(Array.from({ length: 20 }, (_, i) => String(i)))
    expect(refreshes(server)).toHaveLength(1)
    const tokens = new Set<string | undefined>()
    for (let i = 0; i < 20; i++) {
      expect(statuses(server.calls(`/items/${i}`)), `request ${i} is sent twice`).toEqual([401, 200])
      tokens.add(server.calls(`/items/${i}`)[1]?.headers.authorization)
    }
    expect(tokens.size, 'all go on with the same new token').toBe(1)
  })

  test('a 401 that comes late is sent again, and refreshes nothing', async () => {
    server.tokens.expire()
    const release = server.hold('/items/late')
    const late = await app.evaluateHandle((app) => ({
      done: app.fetch('/items/late').then(({ status }) => status),
    }))
    await server.until(() => server.calls('/items/late').length === 1)
    expect(await app.evaluate(async (app) => (await app.fetch('/items/early')).status)).toBe(200)
    expect(refreshes(server)).toHaveLength(1)

    release() // the answer to the old token arrives now
    expect(await late.evaluate(({ done }) => done)).toBe(200)
    expect(refreshes(server)).toHaveLength(1)
    expect(authorizations(server.calls('/items/late'))).toEqual(authorizations(server.calls('/items/early')))
  })

  test('an abort frees the request that waits, and leaves the refresh to the others', async () => {
    server.tokens.expire()
    const release = server.hold(refreshPath)
    const waiting = await app.evaluateHandle((app) => {
      const controller = new AbortController()
      const reason = new Error('The user has left')
      return {
        leave: () => controller.abort(reason),
        leaving: app
          .fetch('/items/leaving', { signal: controller.signal })
          .catch((error) => error === reason),
        staying: app.fetch('/items/staying').then(({ status }) => status),
      }
    })
    await server.until(
      () => refreshes(server).length === 1 && statuses(server.calls('/items/staying')).includes(401),
    )
    const freed = await waiting.evaluate(({ leave, leaving }) => {
      leave()
      return leaving
    })
    expect(freed, 'while the refresh is still under way, with the reason that was given').toBe(true)

    release()
    expect(await waiting.evaluate(({ staying }) => staying)).toBe(200)
    expect(statuses(server.calls('/items/leaving')), 'it is not sent again').toEqual([401])
    expect(refreshes(server)).toHaveLength(1)
  })

  test('method, headers and body are whole when a request is sent again', async () => {
    server.tokens.expire()
    const status = await app.evaluate(async (app) => {
      const body = JSON.stringify({ text: 'Grüße, 世界', list: [1, 2, 3] })
      const headers = { 'Content-Type': 'application/json', 'X-Request-Id': 'r-1', 'Accept-Language': 'de' }
      return (await app.fetch('/notes', { method: 'POST', headers, body })).status
    })
    expect(status).toBe(201)
    const [refused, accepted] = server.calls('/notes')
    expect(refused).toMatchObject({
      method: 'POST',
      status: 401,
      headers: { 'x-request-id': 'r-1', 'accept-language': 'de', 'content-type': 'application/json' },
      body: { text: 'Grüße, 世界', list: [1, 2, 3] },
    })
    const { authorization, ...headers } = accepted.headers
    expect(accepted).toMatchObject({ method: 'POST', status: 201, body: refused.body })
    expect({ ...headers, authorization: refused.headers.authorization }).toEqual(refused.headers)
    expect(authorization).not.toBe(refused.headers.authorization)
  })

  test('the token goes to no foreign origin', async () => {
    const stranger = await serve(() => ({ status: 401 }), { cors: true })
    const status = await app.evaluate(
      async (app, url) => (await app.fetch(url)).status,
      `${stranger.url}/collect`,
    )
    await app.evaluate((app) => app.fetch('/items/1'))
    await stranger.close()
    expect(status, "a stranger's 401 is handed back").toBe(401)
    expect(authorizations(stranger.calls('/collect'))).toEqual([undefined])
    expect(refreshes(server), 'and refreshes nothing').toHaveLength(0)
    expect(authorizations(server.calls('/items/1')), 'while the own origin gets it').toEqual([
      expect.stringMatching(/\w+ \S+/),
    ])
  })

  test('a sign-out during a refresh is final', async () => {
    server.tokens.expire()
    const release = server.hold(refreshPath)
    const waiting = await app.evaluateHandle((app) => ({
      outcome: app.fetch('/items/1').then(
        ({ status }) => status,
        (error: { code?: string }) => error.code,
      ),
    }))
    await server.until(() => refreshes(server).length === 1)
    const signedOut = app.evaluate((app) => app.signout().then(() => undefined))
    expect(await waiting.evaluate(({ outcome }) => outcome), 'what waits for the refresh ends').toBe(
      'signed_out',
    )
    release() // now the server's new tokens arrive, and nobody wants them any more
    await signedOut
    const turns = () => page.evaluate(async () => (await navigator.locks.query()).held?.length)
    await expect.poll(turns, 'the refresh comes to its end').toBe(0)
    const stored = JSON.stringify(await page.evaluate(() => ({ ...localStorage })))
    expect(stored).not.toMatch(/[\w-]{20,}/)
    expect(refreshes(server)).toHaveLength(1)
    expect(statuses(server.calls('/items/1')), 'it was not sent again').toEqual([401])
  })
}
