/** The client, set up as an application would set it up. */
import { createAuth } from 'authfetch'
import { cuttableFetch } from './network'
import { timeline, trace } from './trace'

/** Seconds before its expiry at which a token is refreshed ahead of time; the session panel shows them. */
export const REFRESH_BEFORE = 20

export const auth = createAuth({
  oauth: {
    issuer: `${location.origin}/oauth`,
    clientId: 'demo',
    scope: 'openid offline_access',
    redirectUri: '/callback',
    // The form is on screen at once: it needs no metadata. The redirect looks it up.
    tokenUrl: '/oauth/token',
    revocationUrl: '/oauth/revoke',
  },
  refreshBefore: REFRESH_BEFORE,
  fetch: cuttableFetch,
  debug: trace,
})

timeline.watch(auth)
