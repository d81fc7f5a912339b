// How a browser comes to the tests.
import { fileURLToPath } from 'node:url'
import type { PlaywrightWorkerOptions, Project } from '@playwright/test'
import type { BrowserOptions } from './test.js'

/** Firefox by way of firefox-bidi.js, which starts the installed one. */
const installedFirefox = {
  browserName: 'firefox',
  channel: 'moz-firefox',
  launchOptions: { executablePath: fileURLToPath(new URL('firefox-bidi.js', import.meta.url)) },
} as const

/** The project of a browser, by Playwright's own build of it or by what the system has. */
export function project(
  browser: 'firefox' | 'webkit',
  isPlaywrights: boolean,
): Project<object, PlaywrightWorkerOptions & BrowserOptions> {
  if (isPlaywrights) return { name: browser, use: { browserName: browser } }
  return { name: browser, use: browser === 'firefox' ? installedFirefox : { overWebDriver: true } }
}
