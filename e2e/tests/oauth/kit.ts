// A page, a server of its own, and what a user does at it. Every test looks out for
// tokens where they do not belong.
import { test as base, expect, type BrowserContext, type Page } from '@playwright/test'
import type { Auth, AuthOptions, RedirectOutcome, Session } from 'authfetch'
import { start } from '../../servers/oauth/server.js'

export type Server = Awaited<ReturnType<typeof start>>

/** What became of a call, as data. */
export interface Told<Value> {
  value?: Value
  code?: string
  error?: string
  description?: string
  message?: string
  transient?: boolean
}

declare global {
  interface Window {
    options: AuthOptions
    auth: Auth
    told<Value>(promise: Promise<Value>): Promise<Told<Value>>
    /** The page's URL when it began, and after handleRedirect was called. */
    address: string
    cleaned: string
    outcome: Promise<Told<RedirectOutcome | null>>
    again: Promise<Told<RedirectOutcome | null>>
    failures: string[]
    popped: Promise<Told<Session>>
    left: Promise<string>
  }
}

interface Fixtures {
  server: Server
  /** Opens the application. What is given goes over the option `oauth`. */
  open(oauth?: object, options?: object): Promise<Page>
}

/** The addresses of all requests from now on, and what is written to the console. */
export function seenIn(context: BrowserContext): string[] {
  const seen: string[] = []
  context.on('request', (request) => seen.push(request.url()))
  context.on('console', (message) => seen.push(message.text()))
  return seen
}

export const test = base.extend<Fixtures>({
  server: async ({ context }, use) => {
    const server = await start()
    const seen = seenIn(context)
    await use(server)
    for (const model of ['AccessToken', 'RefreshToken'] as const)
      for (const token of server.issued(model)) expect(seen.join('\n')).not.toContain(token)
    await server.close()
  },
  open: async ({ context, server }, use) => {
    await use(async (oauth = {}, options = {}) => {
      const usual = { issuer: server.issuer, clientId: 'app', scope: 'openid offline_access' }
      await context.addInitScript((given) => (window.options = given), {
        oauth: { ...usual, ...oauth },
        ...options,
      } as AuthOptions)
      const page = await context.newPage() // now, so that it and its windows have the options
      await page.goto(server.app)
      return page
    })
  },
})

/** Sends the page to the server. */
export async function leave(page: Page, options: Parameters<Auth['signinRedirect']>[0] = {}): Promise<void> {
  await page.evaluate((options) => void window.auth.signinRedirect(options), options)
  await page.waitForURL((url) => url.hostname === 'localhost')
}

/** What a user does at the server, who has not been there before. */
export async function signInAtServer(page: Page, name = 'ann'): Promise<void> {
  await page.getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Allow' }).click()
}

/** What handleRedirect came to, once the page is back. */
export async function outcomeOf(page: Page): Promise<Told<RedirectOutcome | null>> {
  await page.waitForURL((url) => url.hostname === '127.0.0.1')
  return page.evaluate(() => window.outcome)
}

export async function signIn(page: Page, options?: Parameters<typeof leave>[1]): Promise<RedirectOutcome> {
  await leave(page, options)
  await signInAtServer(page)
  const outcome = await outcomeOf(page)
  expect(outcome).toEqual({ value: expect.anything() })
  return outcome.value!
}

export const api = (page: Page) => page.evaluate(async () => (await window.auth.fetch('/api/me')).status)
export const session = (page: Page) => page.evaluate(() => window.auth.getSession())

export { expect }
