// The tests of the projects in hosts, which need an install of their own: `make test-hosts`.
import { defineConfig } from '@playwright/test'
import base from './playwright.config.js'

export default defineConfig(base, {
  testDir: 'tests/hosts',
  testIgnore: [],
  outputDir: 'test-results/hosts',
  reporter: [['list'], ['json', { outputFile: 'test-results/hosts/results.json' }]],
})
