// Playwright's test with real tabs, real rotation, and a server that takes a
// refresh token that comes twice for theft. Its log is the judge.
import type { BrowserContext, Page } from '@playwright/test'
import { fileURLToPath } from 'node:url'
import type { Auth } from 'authfetch'
import { createDemoServer } from '../../../web/server/index.js'
import { expect, test as base } from '../../browsers/test.js'
import { dist } from '../build.js'
import { Line } from './line.js'

declare global {
  interface Window {
    auth: Auth
    failures: string[]
    events: string[]
    /** Whether the page has been shown from the back/forward cache, each time that it was shown. */
    shown: boolean[]
    /** The steps that the client has told of. */
    traced: string[]
    /** Fires requests at once, and answers their statuses or error codes, each once. */
    fire(count: number): Promise<(number | string)[]>
    /** Has the page controlled by a service worker. */
    employ(script: string): Promise<void>
    /** All that is stored, as text. */
    stored(): Promise<{ local: string; ledger: string }>
    /** On the pages that have it: the module from within; see probe.js. */
    probe: { live: { memory?: WebAssembly.Memory; starts: number } }
  }
}

export type Server = Awaited<ReturnType<typeof createDemoServer>>
export type Open = (query?: string) => Promise<Page>

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** A refresh that a page has begun, and that the line keeps. */
export interface UnderWay {
  /** What becomes of the page's request, which waits for it: 'gone' where the page goes. */
  request: Promise<(number | string)[] | 'gone'>
  /** Has the line go on. */
  release: () => void
}

/** Has a page begin a refresh, which is kept before the server has it, or once it is answered. */
export type RefreshIn = (page: Page, kept?: 'stuck' | 'held') => Promise<UnderWay>

export interface Options {
  /** Seconds in which the server forgives a refresh token that comes twice. */
  grace: number
}

export const test = base.extend<Options & { line: Line; server: Server; open: Open; refreshIn: RefreshIn }>({
  grace: [0, { option: true }],
  line: async ({}, use) => {
    const line = await new Line().open()
    await use(line)
    await line.close()
  },
  server: async ({ line, grace }, use) => {
    const server = await serve(line, { reuseGrace: grace })
    await use(server)
    if (!grace) expect(refreshes(server).reused, 'refresh tokens that came twice').toEqual([])
    await server.close()
  },
  open: async ({ context, server: _, line }, use) => {
    await use(async (query = '') => {
      const page = await context.newPage()
      await page.goto(`${line.origin}/tabs/index.html${query}`)
      await page.evaluate(() => window.auth.ready)
      return page
    })
  },
  refreshIn: async ({ server, line }, use) => {
    await use(async (page, kept = 'held') => {
      const { until, open: release } = gate()
      line.faults = [{ kind: kept, until }]
      server.store.expireAccessTokens('ada')
      const request = fire(page, 1).catch(() => 'gone' as const)
      if (kept === 'held') await line.hasAnswered(1)
      else await expect.poll(() => line.refreshes).toBe(1)
      return { request, release }
    })
  },
})

/** A server with nothing in its memory, at the end of a line. */
export async function serve(line: Line, options: { reuseGrace?: number } = {}): Promise<Server> {
  const server = await createDemoServer({
    folders: { '/package/': `${dist}/`, '/tabs/': folder('../../pages/tabs/') },
    allowedOrigins: [line.origin],
    ...options,
  })
  line.to(server.origin)
  return server
}

/** What the server was asked to refresh with, and what of it twice. */
export function refreshes(server: Server): { count: number; reused: string[] } {
  const presented = [...(server.log.presentations() as Map<string, number>)]
  return {
    count: presented.reduce((sum, [, times]) => sum + times, 0),
    reused: presented.filter(([, times]) => times > 1).map(([id]) => id),
  }
}

export const signIn = (page: Page) =>
  page.evaluate(() => window.auth.signin({ username: 'ada', password: 'lovelace' }))

export async function signedInTabs(open: Open, count: number, query?: string): Promise<Page[]> {
  const pages = [await open(query)]
  await signIn(pages[0]!)
  while (pages.length < count) pages.push(await open(query))
  return pages
}

/** Fires requests at once, and answers their statuses or error codes, each once. */
export const fire = (page: Page, count: number) => page.evaluate((count) => window.fire(count), count)

export const sessionOf = (page: Page) => page.evaluate(() => window.auth.getSession())

export async function withoutWebLocks(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => Object.defineProperty(navigator, 'locks', { value: undefined }))
}

/** Keeps from the pages that follow what other tabs tell them. */
export async function withoutHearing(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    addEventListener('storage', (event) => event.stopImmediatePropagation())
    Object.defineProperty(globalThis, 'BroadcastChannel', { value: undefined })
  })
}

/** A promise, and what resolves it. */
export function gate(): { until: Promise<void>; open: () => void } {
  let open!: () => void
  const until = new Promise<void>((resolve) => (open = resolve))
  return { until, open }
}

export { expect }
