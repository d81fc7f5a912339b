// Playwright's test with faults servers, and with a look-out for tokens that are
// seen where they do not belong.
import type { Page } from '@playwright/test'
import type { AuthOptions } from 'authfetch'
import { expect, test as base } from '../../browsers/test.js'
import { Faults } from './server.js'

interface Fixtures {
  /** HTTP/1.1, the page's origin unless a test says otherwise. */
  server: Faults
  /** Another origin. */
  other: Faults
  /** HTTP/2 over TLS. */
  secure: Faults
  /** What the console said. */
  lines: string[]
}

export const test = base.extend<Fixtures & { lookOut: void }>({
  server: async ({}, use) => served(await new Faults(false).listen(), use),
  other: async ({}, use) => served(await new Faults(false).listen(), use),
  secure: async ({}, use) => served(await new Faults(true).listen(), use),
  lines: async ({ context }, use) => {
    const lines: string[] = []
    context.on('console', (message) => {
      lines.push(message.text())
      // The text shows only a part of the objects. A page that is gone shows none.
      for (const arg of message.args())
        void arg.jsonValue().then(
          (value) => lines.push(JSON.stringify(value) ?? ''),
          () => {},
        )
    })
    context.on('weberror', (error) => lines.push(String(error.error().stack)))
    await use(lines)
  },
  lookOut: [
    async ({ context, server, other, secure, lines }, use) => {
      const urls: string[] = []
      context.on('request', (request) => urls.push(request.url()))
      await use()
      for (const secret of [server, other, secure].flatMap(({ secrets }) => [...secrets])) {
        expect(lines.join('\n'), 'the console').not.toContain(secret)
        expect(decodeURIComponent(urls.join('\n')), 'the URLs').not.toContain(secret)
      }
    },
    { auto: true },
  ],
})

/** Opens a page of the server and signs in there: `faults.kept.auth` is the client. */
export async function signedIn(page: Page, server: Faults, options: AuthOptions = {}): Promise<void> {
  await page.goto(server.origin)
  await page.evaluate(async (options) => {
    faults.kept.auth = faults.client(options)
    await faults.kept.auth.signin()
  }, options)
}

async function served(server: Faults, use: (server: Faults) => Promise<void>): Promise<void> {
  await use(server)
  await server.close()
}

export { expect }
