import { readJson, sendJson } from './http.js'

/**
 * The demo's own buttons, below /control, which no real server has: they break
 * things on purpose. Every change is a POST with a JSON body; where it has an
 * `account`, only the sessions of that account are meant, otherwise all.
 */
export function createControl({ oauth, log }) {
  const { store, settings, faults } = oauth

  const routes = {
    'POST /control/expire-access-tokens': ({ account }) => ({ expired: store.expireAccessTokens(account) }),
    'POST /control/revoke-access-tokens': ({ account }) => ({ revoked: store.revokeAccessTokens(account) }),
    'POST /control/revoke-sessions': ({ account }) => ({ revoked: store.revokeGrants(account) }),
    'POST /control/settings': changeSettings,
    'GET /control/settings': () => settings,
    'POST /control/faults': addFault,
    'DELETE /control/faults': () => faults.clear(),
    'GET /control/log': (_body, url) => ({
      counts: log.counts(),
      entries: log.since(Number(url.searchParams.get('since') ?? 0)),
    }),
    'DELETE /control/log': () => log.clear(),
  }

  function changeSettings(changes) {
    for (const [name, value] of Object.entries(changes)) {
      if (!Object.hasOwn(settings, name)) throw badRequest(`there is no setting ${name}`)
      // The provider takes no lifetime of zero, and none with a fraction.
      const least = name === 'refreshDelay' ? 0 : 1
      if (!Number.isInteger(value) || value < least)
        throw badRequest(`${name} must be a whole number from ${least}`)
    }
    return Object.assign(settings, changes)
  }

  function addFault(fault) {
    if (fault.drop !== undefined && !['answer', 'body'].includes(fault.drop)) {
      throw badRequest("drop must be 'answer' or 'body'")
    }
    faults.add(fault)
    return { pending: faults.pending }
  }

  return async function handle(req, res) {
    const url = new URL(req.url, oauth.provider.issuer)
    const route = routes[`${req.method} ${url.pathname}`]
    if (!route) return sendJson(res, 404, { error: 'not_found' })

    // A page of another origin cannot send this type without asking first, so no
    // strange page can press these buttons.
    if (req.method === 'POST' && !/^application\/json\b/.test(req.headers['content-type'] ?? '')) {
      throw Object.assign(new Error('send application/json'), { status: 415 })
    }
    const body = await readJson(req)
    const answer = route(body, url) ?? {}
    if (req.method === 'POST') log.add({ kind: 'control', path: url.pathname })
    return sendJson(res, 200, answer)
  }
}

function badRequest(message) {
  return Object.assign(new Error(message), { status: 400 })
}
