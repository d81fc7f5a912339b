// Whether Playwright's own build of a browser is installed, where Playwright would look
// for it: PLAYWRIGHT_BROWSERS_PATH, or else its cache.
import { existsSync } from 'node:fs'
import playwright from '@playwright/test'

/** @param {'firefox' | 'webkit'} browser */
export const isInstalled = (browser) => existsSync(playwright[browser].executablePath())
