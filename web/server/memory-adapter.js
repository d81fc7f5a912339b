import { errors } from 'oidc-provider'

/**
 * Where the provider keeps what it issues. Its own quick-start adapter holds a
 * thousand entries for the whole process and forgets the oldest, which a load
 * test would take for a revoked token; it also looks whether a refresh token was
 * used some awaits before it marks it as used, so two calls at the same moment
 * would both win. Here the mark is the check. Nothing is dropped for its age: the
 * process lives for a demo or for one run of the tests.
 */
export function createMemoryStore({ reuseGrace = 0 } = {}) {
  const models = new Map()

  function rowsOf(model) {
    if (!models.has(model)) models.set(model, new Map())
    return models.get(model)
  }

  function revokeGrant(grantId) {
    for (const rows of models.values()) {
      for (const [id, row] of rows) if (row.grantId === grantId) rows.delete(id)
    }
    rowsOf('Grant').delete(grantId)
  }

  /** Inside the grace a used refresh token still looks fresh, so that a client whose answer was lost can ask again. */
  function isUsedUp(row) {
    return row.consumed !== undefined && Date.now() - row.consumedAt >= reuseGrace * 1000
  }

  class MemoryAdapter {
    constructor(model) {
      this.rows = rowsOf(model)
    }

    async upsert(id, payload) {
      this.rows.set(id, payload)
    }

    async find(id) {
      const row = this.rows.get(id)
      if (!row || row.consumed === undefined || isUsedUp(row)) return row
      const { consumed, consumedAt, ...fresh } = row
      return fresh
    }

    async findByUid(uid) {
      return [...this.rows.values()].find((row) => row.uid === uid)
    }

    async consume(id) {
      const row = this.rows.get(id)
      if (!row) throw new errors.InvalidGrant('revoked meanwhile')
      if (isUsedUp(row)) {
        revokeGrant(row.grantId)
        throw new errors.InvalidGrant('used by another call at the same moment')
      }
      if (row.consumed !== undefined) return
      row.consumedAt = Date.now()
      row.consumed = Math.floor(row.consumedAt / 1000)
    }

    async destroy(id) {
      this.rows.delete(id)
    }

    async revokeByGrantId(grantId) {
      for (const [id, row] of this.rows) if (row.grantId === grantId) this.rows.delete(id)
    }
  }

  /** Access tokens of one account, or of all. */
  function accessTokens(account) {
    return [...rowsOf('AccessToken').values()].filter((row) => !account || row.accountId === account)
  }

  return {
    adapter: MemoryAdapter,

    /** Makes the access tokens expire now, and tells how many. */
    expireAccessTokens(account) {
      const rows = accessTokens(account)
      for (const row of rows) row.exp = Math.floor(Date.now() / 1000)
      return rows.length
    },

    revokeAccessTokens(account) {
      const rows = accessTokens(account)
      for (const row of rows) rowsOf('AccessToken').delete(row.jti)
      return rows.length
    },

    /** Ends whole sessions: the refresh tokens go too. */
    revokeGrants(account) {
      const grants = [...rowsOf('Grant')].filter(([, row]) => !account || row.accountId === account)
      for (const [id] of grants) revokeGrant(id)
      return grants.length
    },
  }
}
