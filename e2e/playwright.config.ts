import { defineConfig } from '@playwright/test'
import { installed } from './browser.js'
import { compiledBy } from './servers/build.js'

const executablePath = installed()
/** So that reports say which build a test ran on. */
const build = compiledBy()
/**
 * On js/dist every test runs. On another build of the same source (`make test-browser-go`)
 * those are left out to which the compiler is all one, so that the time goes to the others:
 * the adapters and the panel are scripts that stand on the client's calls, which the other
 * tests make too; the demo's page is bundled from js/dist in any case; and some judge a
 * server's answers, the browser's cache of pages, or memory, which is for what ships.
 */
const allOne = [
  ...['adapters/**', 'devtools.spec.ts', 'demo.spec.ts', 'browsers.spec.ts'],
  ...['oauth/redirect.spec.ts', 'oauth/popup.spec.ts', 'oauth/bfcache.spec.ts', 'proof/verify.spec.ts'],
  ...['tabs/bfcache.spec.ts', 'tabs/leaving.spec.ts', 'tabs/endurance.spec.ts'],
]

export default defineConfig({
  testDir: 'tests',
  testIgnore: ['hosts/**', ...(process.env.AUTHFETCH_DIST ? allOne : [])], // hosts.config.ts runs the hosts
  outputDir: `test-results/${build}`,
  projects: [{ name: build }],
  fullyParallel: true,
  workers: 2,
  timeout: 120_000, // a storm of requests takes a busy machine long, and nothing here measures time
  forbidOnly: true,
  retries: 0, // a test that fails now and then has found something
  reporter: [['list'], ['json', { outputFile: `test-results/${build}/results.json` }]],
  use: {
    launchOptions: {
      ...(executablePath ? { executablePath } : {}),
      args: [
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--disable-quic',
        '--disable-gpu', // there is none, and what stands in for it takes a tenth of the whole time
        '--no-first-run',
      ],
    },
    ignoreHTTPSErrors: true,
    // Calls and requests. Pictures of every page take a fifth of the time, and show next to nothing.
    trace: { mode: 'retain-on-failure', screenshots: false, snapshots: false },
  },
})
