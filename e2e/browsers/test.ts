// Playwright's test and expect, for every browser: in the project `webkit`, where
// there is only an installed WebKitGTK, its pages come over WebDriver.
import { expect as baseExpect, test as base, type Browser, type Locator, type Page } from '@playwright/test'
import { WebKitLocator } from './webkit-locator.js'
import { WebKitBrowser, WebKitPage } from './webkit-page.js'

export interface BrowserOptions {
  /** Whether pages come over WebDriver instead of from Playwright. */
  overWebDriver: boolean
}

export const test = base.extend<object, BrowserOptions>({
  overWebDriver: [false, { option: true, scope: 'worker' }],
  browser: [
    async ({ overWebDriver, playwright, browserName }, use) => {
      const browser = overWebDriver ? await WebKitBrowser.launch() : await playwright[browserName].launch()
      // It has what the tests use; differences.ts lists the tests that use more.
      await use(browser as unknown as Browser)
      await browser.close()
    },
    { scope: 'worker', timeout: 60_000 },
  ],
})

/** Asks until it is as wanted, or the time is over. */
async function polled(
  ask: () => Promise<unknown>,
  wanted: string | RegExp,
  isNot: boolean,
  timeout?: number,
) {
  const expected = typeof wanted === 'string' ? wanted : baseExpect.stringMatching(wanted)
  try {
    const poll = baseExpect.poll(ask, timeout === undefined ? {} : { timeout })
    await (isNot ? poll.not.toEqual(expected) : poll.toEqual(expected))
    return { pass: !isNot, message: () => `it is ${wanted}` }
  } catch (error) {
    return { pass: isNot, message: () => (error as Error).message }
  }
}

const squeezed = (text: string | null) => text?.replace(/\s+/g, ' ').trim()

export const expect = baseExpect.extend({
  async toHaveText(received: unknown, wanted: string | RegExp, options?: { timeout?: number }) {
    if (received instanceof WebKitLocator)
      return polled(async () => squeezed(await received.textContent()), wanted, this.isNot, options?.timeout)
    return own(
      () => chosen(baseExpect(received as Locator), this.isNot).toHaveText(wanted, options),
      this.isNot,
    )
  },
  async toHaveURL(received: unknown, wanted: string | RegExp, options?: { timeout?: number }) {
    if (received instanceof WebKitPage)
      return polled(() => received.address(), wanted, this.isNot, options?.timeout)
    return own(() => chosen(baseExpect(received as Page), this.isNot).toHaveURL(wanted, options), this.isNot)
  },
})

function chosen<Matchers>(matchers: Matchers & { not: Matchers }, isNot: boolean): Matchers {
  return isNot ? matchers.not : matchers
}

/** What Playwright's own matcher says, in the form that a matcher has. */
async function own(match: () => Promise<void>, isNot: boolean) {
  try {
    await match()
    return { pass: !isNot, message: () => 'it does' }
  } catch (error) {
    return { pass: isNot, message: () => (error as Error).message }
  }
}
