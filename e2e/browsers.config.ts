// The suite in other browsers than Chromium: an installed Firefox, which Playwright
// drives by WebDriver BiDi, and an installed WebKitGTK over WebDriver.
import { defineConfig } from '@playwright/test'
import { fileURLToPath } from 'node:url'
import { differences } from './browsers/differences.js'
import type { BrowserOptions } from './browsers/test.js'

const escaped = (title: string) => title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
const differing = (browser: 'firefox' | 'webkit') =>
  differences.filter((row) => row[browser]).map(({ test }) => new RegExp(escaped(test)))

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
  timeout: 60_000,
  forbidOnly: true,
  retries: 0,
  reporter: [['list']],
  outputDir: 'test-results/browsers',
  use: { ignoreHTTPSErrors: true },
  projects: [
    {
      name: 'firefox',
      use: {
        browserName: 'firefox',
        channel: 'moz-firefox',
        launchOptions: {
          executablePath: fileURLToPath(new URL('browsers/firefox-bidi.js', import.meta.url)),
        },
      },
      grepInvert: differing('firefox'),
    },
    { name: 'webkit', use: { overWebDriver: true }, grepInvert: differing('webkit') },
  ],
})
