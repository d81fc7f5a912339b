// A page, and servers of its own. Every test looks out for tokens where they do not
// belong.
import { test as base, expect, type Page } from '@playwright/test'
import type { AuthOptions, OAuthOptions, RedirectOutcome, Session } from 'authfetch'
import { start } from '../../servers/proof/server.js'
import { seenIn, type Told } from '../oauth/kit.js' // and what it declares of the page's window

export type Server = Awaited<ReturnType<typeof start>>

interface Fixtures {
  server: Server
  /** Opens the application. What is given goes over the option `oauth`. */
  open(oauth?: Partial<OAuthOptions>): Promise<Page>
}

export const test = base.extend<Fixtures>({
  server: async ({ context }, use) => {
    const server = await start()
    const seen = seenIn(context)
    await use(server)
    expect(seen.join('\n')).not.toMatch(/access_token=|refresh_token=|id_token=|eyJ[\w-]+\.eyJ/)
    await server.close()
  },
  open: async ({ context, server }, use) => {
    await use(async (oauth = {}) => {
      const page = await context.newPage()
      const options: AuthOptions = {
        oauth: { issuer: server.issuer, clientId: 'app', scope: 'openid offline_access', ...oauth },
        origins: [server.api],
      }
      await page.addInitScript((given) => (window.options = given), options)
      await page.goto(server.app)
      return page
    })
  },
})

/** Goes to the server and back. */
export async function signIn(page: Page): Promise<Told<RedirectOutcome | null>> {
  const back = page.waitForURL((url) => url.searchParams.has('code') || url.searchParams.has('error'))
  await page.evaluate(() => void window.auth.signinRedirect())
  await back
  return page.evaluate(() => window.outcome)
}

export async function signedIn(page: Page): Promise<Session> {
  const { value, message } = await signIn(page)
  expect(message).toBeUndefined()
  return value!.session
}

/** Sets a page's clock, and Go's with it, ahead by some minutes. */
export function aheadBy(minutes: number): string {
  return `{
    const offset = ${minutes * 60_000}
    const { timeOrigin } = performance
    Object.defineProperty(performance, 'timeOrigin', { value: timeOrigin + offset })
    globalThis.Date = class extends Date {
      constructor(...args) { args.length ? super(...args) : super(Date.now()) }
      static now = ((now) => () => now() + offset)(Date.now)
    }
  }`
}

/** Calls the API: what came, or what failed. */
export const call = (page: Page, server: Server, path: string, body?: string) =>
  page.evaluate(
    async ({ url, body }) =>
      window.told(
        window.auth
          .fetch(url, body === undefined ? {} : { method: 'POST', body })
          .then(async (response) => ({ status: response.status, ...(await response.json()) })),
      ),
    { url: server.api + path, body },
  )

export { expect }
