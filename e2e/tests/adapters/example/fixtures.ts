import { authFixtures, type AuthFixtures } from 'authfetch/playwright'
import { test as base } from './base.js' // or from '@playwright/test'

export const test = base.extend<AuthFixtures>({
  ...authFixtures,
  // What the application gives to createAuth.
  authOptions: {
    refresh: '/auth/refresh-token',
    storage: { keys: { accessToken: 'accessToken', refreshToken: 'refreshToken' } },
  },
})
