import { defineConfig } from '@playwright/test'
import { installed } from './browser.js'

const executablePath = installed()

export default defineConfig({
  testDir: 'tests',
  testIgnore: 'hosts/**', // hosts.config.ts runs these
  fullyParallel: true,
  workers: 2,
  timeout: 120_000, // a storm of requests takes a busy machine long, and nothing here measures time
  forbidOnly: true,
  retries: 0, // a test that fails now and then has found something
  reporter: [['list'], ['json', { outputFile: 'test-results/results.json' }]],
  use: {
    launchOptions: {
      ...(executablePath ? { executablePath } : {}),
      args: [
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--disable-quic',
        '--no-first-run',
      ],
    },
    ignoreHTTPSErrors: true,
    trace: 'retain-on-failure',
  },
})
