// What tabs see in one order, which localStorage is not: one IndexedDB object per
// client name, { generation, lease, escrow }. Read-write transactions of all tabs on one
// object store exclude each other. https://w3c.github.io/IndexedDB/
import { openDatabase } from './database.js'

export interface Page {
  /** The newest generation of the session. */
  generation?: number
  /** Who may refresh, where there are no Web Locks. */
  lease?: { holder: string; until: number } | undefined
  /** What a worker does for a tab; see escrow.ts. */
  escrow?: Escrow | undefined
  /** Of the page named `worker` alone: there is one. */
  worker?: boolean
}

export interface Escrow {
  /** What Go calls the refresh. */
  key: string
  /** What came, and when; undefined until then. */
  answer?: { status: number; headers: [string, string][]; body: string; at: number } | undefined
}

/** The pages that had something in escrow when they were last read. */
export const escrows = new Set<string>()

const store = 'ledger'

/**
 * Runs `step` in a transaction on a client's page; a page that it answers is
 * stored. Resolves to undefined where there is no IndexedDB.
 */
export async function transact(
  name: string,
  step: (page: Page) => Page | undefined,
): Promise<true | undefined> {
  const db = await openDatabase('authfetch', store)
  if (!db) return undefined
  try {
    return await new Promise<true>((resolve, reject) => {
      const transaction = db.transaction(store, 'readwrite')
      const pages = transaction.objectStore(store)
      const found = pages.get(name) as IDBRequest<Page | undefined>
      let thrown: unknown
      found.onsuccess = () => {
        try {
          const page = step(found.result ?? {})
          if (page) pages.put(page, name)
        } catch (error) {
          thrown = error
          transaction.abort()
        }
      }
      transaction.oncomplete = () => resolve(true)
      transaction.onabort = () =>
        reject(thrown ?? transaction.error ?? new Error('The IndexedDB transaction was aborted'))
    })
  } finally {
    // An open connection would keep the page out of the back/forward cache.
    db.close()
  }
}

/** The newest generation, or null without a ledger. */
export async function newest(name: string): Promise<number | null> {
  let generation = 0
  const done = await transact(name, (page) => {
    generation = page.generation ?? 0
    escrows[page.escrow ? 'add' : 'delete'](name)
    return undefined
  })
  return done ? generation : null
}

/**
 * Moves the ledger on, unless it holds a newer number than `from` by now, and
 * calls `write` in the same transaction, which also ends what was in escrow. Null
 * without a ledger.
 */
export async function advance(
  name: string,
  from: number,
  to: number,
  write: () => void,
): Promise<boolean | null> {
  let free = false
  const done = await transact(name, (page) => {
    free = (page.generation ?? 0) <= from
    if (!free) return undefined
    write()
    return { ...page, generation: to, escrow: undefined }
  })
  return done ? free : null
}

/** Makes the lease a holder's for some milliseconds, if it is free. Null without a ledger. */
export async function claim(name: string, holder: string, length: number): Promise<boolean | null> {
  let free = false
  const done = await transact(name, (page) => {
    const now = Date.now() // not earlier: the transaction may have waited for its turn
    free = !page.lease || page.lease.holder === holder || isOver(page.lease.until, now, length)
    return free ? { ...page, lease: { holder, until: now + length } } : undefined
  })
  return done ? free : null
}

/**
 * Whether a lease has run out. None is longer than the one that is asked for, so one
 * that ends a good while later was made before the clock was set back.
 */
export function isOver(until: number, now: number, length: number): boolean {
  return until <= now || until > now + length + 1000
}

export async function yieldLease(name: string, holder: string): Promise<void> {
  await transact(name, (page) => (page.lease?.holder === holder ? { ...page, lease: undefined } : undefined))
}
