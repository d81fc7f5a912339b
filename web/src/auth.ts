/** The client, set up as an application would set it up. */
import { createAuth } from 'authfetch'
import { cuttableFetch } from './network'
import { timeline, trace } from './trace'

/** Seconds before its expiry at which a token is refreshed ahead of time; the session panel shows them. */
export const REFRESH_BEFORE = 20

const fields = { client_id: 'demo' }

export const auth = createAuth({
  signin: {
    url: '/oauth/token',
    body: 'form',
    fields: { ...fields, grant_type: 'password', scope: 'openid offline_access' },
  },
  refresh: { url: '/oauth/token', body: 'form', fields: { ...fields, grant_type: 'refresh_token' } },
  signout: { url: '/oauth/revoke', body: 'form', fields, refreshTokenField: 'token' },
  refreshBefore: REFRESH_BEFORE,
  fetch: cuttableFetch,
  debug: trace,
})

timeline.watch(auth)
