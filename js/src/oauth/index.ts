// A client of an OAuth 2.0 or OpenID Connect server: it fetches, draws random
// numbers and moves the browser about. What is asked and what is believed decide
// the rules of wasm/oauth, and what becomes of the session the core.
import type { Host, OAuth } from './host.js'
import { proverOf, send } from './proving.js'
import { Redirects } from './redirect.js'
import { Connection } from './server.js'
import { refresh, signin, signout } from './tokens.js'

export function open(host: Host): OAuth {
  const connection = new Connection(host)
  const redirects = new Redirects(connection)
  return {
    signin: (credentials, context) => signin(connection, credentials, context),
    refresh: (token, context) => refresh(connection, token, context),
    signout: async (tokens, context) => {
      // Not where tokens of a sign-out before this session have come late.
      const over = !(await connection.session())
      if (over) await (await proverOf(connection))?.remove()
      await signout(connection, tokens, context)
    },
    send: (fetch, request, extras) => send(connection, fetch, request, extras),
    signinRedirect: (options) => redirects.signinRedirect(options),
    handleRedirect: (url) => redirects.handleRedirect(url),
    signinPopup: (popup, options) => redirects.signinPopup(popup, options),
    leave: (target, state, session) => redirects.leave(target, state, session),
  }
}
