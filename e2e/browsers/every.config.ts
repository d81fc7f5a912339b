// All tests that browsers.config.ts has before differences.ts takes some away.
import { defineConfig } from '@playwright/test'
import config from '../browsers.config.js'

export default defineConfig({ ...config, testDir: '../tests', projects: [{ name: 'every' }] })
