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
 *   ('ok', or the error), `presented` and `issued` (ids of refresh tokens), `ms`
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

    /** How often each refresh token that is still in the log was presented. */
    presentations() {
      const times = new Map()
      for (const { kind, grant, presented } of entries) {
        if (kind !== 'token' || grant !== 'refresh_token' || !presented) continue
        times.set(presented, (times.get(presented) ?? 0) + 1)
      }
      return times
    },

    counts() {
      const of = (test) => entries.filter(test).length
      const refresh = (entry) => entry.kind === 'token' && entry.grant === 'refresh_token'
      return {
        requests: of((entry) => entry.kind === 'api'),
        unauthorized: of((entry) => entry.kind === 'api' && entry.status === 401),
        signins: of((entry) => entry.kind === 'token' && !refresh(entry) && entry.outcome === 'ok'),
        refreshes: of((entry) => refresh(entry) && entry.outcome === 'ok'),
        refused: of((entry) => refresh(entry) && entry.outcome !== 'ok'),
        presentedTwice: [...this.presentations().values()].filter((times) => times > 1).length,
      }
    },

    clear() {
      entries.length = 0
    },
  }
}
