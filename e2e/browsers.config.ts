// The suite in other browsers than Chromium: Playwright's own builds of Firefox and
// WebKit where they are installed, and else an installed Firefox, which Playwright
// drives by WebDriver BiDi, and an installed WebKitGTK over WebDriver.
import { defineConfig } from '@playwright/test'
import { differs } from './browsers/differences.js'
import { isInstalled } from './browsers/own.js'
import { project } from './browsers/project.js'
import type { BrowserOptions } from './browsers/test.js'

export default defineConfig<object, BrowserOptions>({
  testDir: 'tests',
  testMatch: [
    'fetch/*.spec.ts',
    'faults/*.spec.ts',
    'flows/*.spec.ts',
    'tabs/refresh.spec.ts',
    'tabs/session.spec.ts',
  ],
  fullyParallel: true,
  workers: 2,
  timeout: 180_000, // ten windows take a busy machine more than one minute, and nothing here measures time
  expect: { timeout: 20_000 },
  forbidOnly: true,
  retries: 0,
  reporter: [['list']],
  outputDir: 'test-results/browsers',
  use: { ignoreHTTPSErrors: true },
  // The tests are the same, whichever build runs them.
  projects: (['firefox', 'webkit'] as const).map((browser) => ({
    ...project(browser, isInstalled(browser)),
    grepInvert: differs(browser),
  })),
})
