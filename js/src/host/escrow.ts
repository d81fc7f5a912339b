// A refresh outlives its tab where the application's service worker imports
// authfetch/service-worker: the worker makes the call, and puts the answer into the
// ledger before it hands it to the page. Go says under which key (session/inherit.go).
//
// A page asks the worker with { authfetch: name, key } and a port. The worker takes
// the lock, notes in the ledger that it is at it, and says 'ready'; the page sends the
// Call, or 'cancel'; the worker sends an Answer. Nothing is sent by both.
import { escrows, transact, type Escrow } from './ledger.js'
import { describe, type Call } from './server.js'
import type { WireReply } from '../wasm.js'

/** What a worker says of a call: fetch's answer, or its exception. */
export type Answer = NonNullable<Escrow['answer']> | { error: string }

/** Who is at a refresh for a client holds this. */
export const lockOf = (name: string) => `${name}.escrow`

/** How long a worker may take to wake up, and how long it waits for the call then. */
export const patience = 2000

/** Has the worker make a call. Undefined where there is none. Rejects as fetch does. */
export async function handOver(
  name: string,
  key: string,
  call: Call,
  signal: AbortSignal,
): Promise<Response | undefined> {
  const worker = controller()
  let ours = false
  // An application's worker that does not know us is not bothered.
  if (worker)
    await transact('worker', (page) => {
      ours = page.worker === true
      return undefined
    })
  signal.throwIfAborted()
  if (!worker || !ours) return undefined
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel()
    const end = () => {
      clearTimeout(late)
      port1.close()
      signal.removeEventListener('abort', abort)
    }
    const abort = () => {
      port1.postMessage('cancel')
      end()
      reject(signal.reason)
    }
    const late = setTimeout(() => {
      end()
      void transact('worker', () => ({})).catch(() => {}) // the next page need not wait in vain
      resolve(undefined)
    }, patience)
    port1.onmessage = ({ data }: MessageEvent<'ready' | Answer>) => {
      clearTimeout(late)
      if (data === 'ready') {
        port1.postMessage(call)
        return
      }
      end()
      if ('error' in data) reject(new TypeError(data.error))
      else resolve(responseOf(data))
    }
    signal.addEventListener('abort', abort)
    worker.postMessage({ authfetch: name, key }, [port2])
  })
}

function controller(): ServiceWorker | null | undefined {
  try {
    return (globalThis.navigator as Partial<Navigator> | undefined)?.serviceWorker?.controller
  } catch {
    return undefined // a frame without an origin of its own may not even ask
  }
}

/** What a worker has kept under a key, once none is at it any more, or null. */
export async function left(
  name: string,
  key: string,
  signal: AbortSignal,
): Promise<(WireReply & { at: number }) | null> {
  if (!escrows.has(name)) return null
  await navigator.locks.request(lockOf(name), { signal }, () => {})
  let found: Escrow | undefined
  await transact(name, ({ escrow }) => {
    found = escrow
    return undefined
  })
  const answer = found?.key === key && found.answer
  return answer ? { ...(await describe(responseOf(answer))), at: answer.at } : null
}

function responseOf({ status, headers, body }: NonNullable<Escrow['answer']>): Response {
  // A status that has no body may be given none: https://fetch.spec.whatwg.org/#null-body-status
  return new Response(body || null, { status, headers })
}
