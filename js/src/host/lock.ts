// A turn among the tabs: Web Locks, https://w3c.github.io/web-locks/, and what
// stands in for them.
import * as ledger from './ledger.js'
import type { Area } from './storage.js'

/** Resolves to what frees the lock, or to null where there are no Web Locks. */
export async function lock(name: string, steal: boolean, signal: AbortSignal): Promise<(() => void) | null> {
  const locks = (globalThis.navigator as Partial<Navigator> | undefined)?.locks
  if (!locks) return null // plain http, or an old browser
  let refused: unknown
  const granted = new Promise<(() => void) | null>((resolve, reject) => {
    const hold = () =>
      new Promise<void>((release) => {
        if (signal.aborted) release()
        else resolve(release)
      })
    // A lock that is stolen from us rejects; what we do next is guarded by the ledger.
    locks.request(name, steal ? { steal } : { signal }, hold).catch((error: unknown) => {
      refused = error
      reject(error)
    })
  })
  try {
    return await granted
  } catch (error) {
    // Some frames have Web Locks but may not use them.
    if ((refused as DOMException | undefined)?.name === 'SecurityError') return null
    throw error
  }
}

/** How long a write to a storage takes to show in every tab, where nothing orders them. */
const settling = 50

/** A lease in the ledger, or in the storage itself where there is none. */
export async function claim(area: Area, name: string, holder: string, length: number): Promise<boolean> {
  const claimed = await ledger.claim(name, holder, length)
  if (claimed !== null) return claimed
  const key = leaseKey(name)
  const [found] = await area.read([key])
  const [owner, until] = found?.split(' ') ?? []
  const now = Date.now()
  if (owner !== undefined && owner !== holder && !ledger.isOver(Number(until), now, length)) return false
  const lease = `${holder} ${now + length}`
  await area.write([key, lease])
  await new Promise((resolve) => setTimeout(resolve, settling))
  return (await area.read([key]))[0] === lease
}

export async function yieldLease(area: Area, name: string, holder: string): Promise<void> {
  await ledger.yieldLease(name, holder)
  const key = leaseKey(name)
  const [found] = await area.read([key])
  if (found?.startsWith(`${holder} `)) await area.write([key, null])
}

const leaseKey = (name: string) => `${name}.lease`
