import axios from 'axios'
import { createAuth } from 'authfetch'

export const auth = createAuth({
  signin: '/auth/login',
  refresh: { url: '/auth/refresh-token', refreshTokenField: 'refreshToken' },
  signout: { url: '/auth/logout', refreshTokenField: 'refreshToken' },
  // The keys that the interceptor used: who is signed in stays so.
  storage: { keys: { accessToken: 'accessToken', refreshToken: 'refreshToken' } },
  onFailedRefresh: () => location.assign('/sign-in'),
})

/** What the application's code imports. It has no interceptor any more. */
export const http = axios.create({ adapter: 'fetch', env: { fetch: auth.fetch } })
