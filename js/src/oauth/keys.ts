// The key that a client's tokens are bound to: made by WebCrypto, not to be read by
// anybody, and kept in IndexedDB, where all tabs find it.
// https://w3c.github.io/webcrypto/  https://w3c.github.io/IndexedDB/

import { openDatabase } from '../host/database.js'

export interface BoundKey {
  privateKey: CryptoKey
  /** The public key's coordinates, as a JSON Web Key has them. */
  x: string
  y: string
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
const store = 'keys'

export class Keys {
  private held: BoundKey | undefined
  /** The access token that is bound to it, as far as this tab knows. */
  private token = ''

  /** `name` is the record's; undefined keeps the key in memory alone. */
  constructor(private readonly name: string | undefined) {}

  /**
   * The key that an access token is bound to. One that is new here is another tab's,
   * which may have signed in anew: its key is the one that the tabs share.
   */
  async of(token: string): Promise<BoundKey> {
    const { held } = this
    if (held && this.token === token) return held
    // A look, which puts nothing back that a sign-out has removed.
    const found = await this.transact((found) => found).catch((error: unknown) => {
      if (!held) throw error
      return held
    })
    this.held = found ?? held ?? (await this.make())
    this.token = token
    return this.held
  }

  /**
   * The key as the tabs share it, which is made where there is none. Tabs that make
   * one at the same time get one and the same: transactions exclude each other.
   */
  async shared(): Promise<BoundKey> {
    const own = this.held
    const found = await this.transact((found) => found ?? own)
    // A key cannot be made within a transaction, which does not wait for it.
    this.held = found ?? own ?? (await this.make())
    return this.held
  }

  /** The key of a session that has begun, which takes the place of any other. */
  async keep(key: BoundKey, token: string): Promise<void> {
    this.held = key
    this.token = token
    await this.transact(() => key)
  }

  /** Forgets what this tab knows: another tab has signed out. */
  drop(): void {
    this.held = undefined
  }

  /** Removes the key, unless another one has taken its place. */
  async remove(): Promise<void> {
    const { held } = this
    this.held = undefined
    await this.transact((found) => (found?.x === held?.x ? null : found))
  }

  private async make(): Promise<BoundKey> {
    const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, false, ['sign'])
    const { x, y } = await crypto.subtle.exportKey('jwk', publicKey)
    const made = { privateKey, x: x!, y: y! }
    return (await this.transact((found) => found ?? made)) ?? made
  }

  /**
   * Replaces the record by what `step` makes of it, null for none, and resolves to
   * what it is then; to undefined without a database too.
   */
  private async transact(
    step: (found: BoundKey | undefined) => BoundKey | null | undefined,
  ): Promise<BoundKey | undefined> {
    const { name } = this
    const db = name === undefined ? undefined : await openDatabase('authfetch:dpop', store)
    if (!db) return undefined
    try {
      return await new Promise<BoundKey | undefined>((resolve, reject) => {
        const transaction = db.transaction(store, 'readwrite')
        const records = transaction.objectStore(store)
        const request = records.get(name!) as IDBRequest<BoundKey | undefined>
        let left: BoundKey | null | undefined
        request.onsuccess = () => {
          left = step(request.result)
          if (left === null) records.delete(name!)
          else if (left && left !== request.result) records.put(left, name)
        }
        transaction.oncomplete = () => resolve(left ?? undefined)
        transaction.onabort = () =>
          reject(transaction.error ?? new Error('The IndexedDB transaction was aborted'))
      })
    } finally {
      // An open connection would keep the page out of the back/forward cache.
      db.close()
    }
  }
}
