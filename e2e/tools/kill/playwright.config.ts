import config from '../../playwright.config.js'

export default {
  ...config,
  testDir: '.',
  testMatch: 'kill.ts',
  workers: 1,
  timeout: 0,
  reporter: 'line',
  use: { ...config.use, trace: 'off' as const },
}
