import { createHash } from 'node:crypto'

/**
 * A name for a token that can be written down: the same token has the same
 * name, and nobody can find the token from it.
 */
export function tokenId(token) {
  return createHash('sha256').update(token).digest('hex').slice(0, 8)
}

/**
 * What the server saw, in order. Entries are plain objects with `n` (counting
 * from 1), `time` and `kind`, one of:
 *
 * - `token`: a call of the token endpoint, with `grant`, `status`, `outcome`
 *   ('ok', or the error), `presented` and `issued` (ids of refresh tokens), `ms`,
 *   and `fault`, the status of an answer that a fault gave in the provider's place
 * - `revocation`: with `status` and `presented`
 * - `api`: with `method`, `path`, `status` and `token` (id of the access token)
 * - `control`: with `path`, so that a reader knows why what follows happened
 *
 * Never a token itself.
 */
export function createLog({ limit = 10_000 } = {}) {
  const entries = []
  let count = 0

  return {
    entries,

    add(entry) {
      entries.push({ n: ++count, time: Date.now(), ...entry })
      if (entries.length > limit) entries.shift()
    },

    /** The entries after number `n`. */
    since(n = 0) {
      return entries.filter((entry) => entry.n > n)
    },

    /** How often each refresh token that is still in the log came to the provider. */
    presentations() {
      const times = new Map()
      for (const entry of entries) {
        if (!isRefresh(entry) || entry.fault || !entry.presented) continue
        times.set(entry.presented, (times.get(entry.presented) ?? 0) + 1)
      }
      return times
    },

    counts() {
      const of = (test) => entries.filter(test).length
      return {
        requests: of((entry) => entry.kind === 'api'),
        unauthorized: of((entry) => entry.kind === 'api' && entry.status === 401),
        signins: of((entry) => entry.kind === 'token' && !isRefresh(entry) && entry.outcome === 'ok'),
        refreshes: of((entry) => isRefresh(entry) && entry.outcome === 'ok'),
        refused: of((entry) => isRefresh(entry) && entry.outcome !== 'ok' && !entry.fault),
        presentedTwice: [...this.presentations().values()].filter((times) => times > 1).length,
      }
    },

    clear() {
      entries.length = 0
    },
  }
}

function isRefresh({ kind, grant }) {
  return kind === 'token' && grant === 'refresh_token'
}
