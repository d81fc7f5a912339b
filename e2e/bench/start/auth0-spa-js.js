// Signs in by a redirect to the authorization server, whose answer it keeps.
import { createAuth0Client } from '@auth0/auth0-spa-js'
import { name, visit } from './visit.js'

const auth0 = await createAuth0Client({
  domain: location.origin,
  clientId: name,
  cacheLocation: 'localstorage',
  useRefreshTokens: true,
  authorizationParams: { redirect_uri: location.origin + location.pathname },
})
if (new URLSearchParams(location.search).has('code')) {
  await auth0.handleRedirectCallback()
  window.signedIn = true
} else
  visit({
    async signin() {
      await auth0.loginWithRedirect()
      await new Promise(() => {}) // the page is left
    },
    async get(path) {
      const token = await auth0.getTokenSilently()
      return (await fetch(path, { headers: { Authorization: `Bearer ${token}` } })).json()
    },
  })
