// Imported by an application's service worker, this lets a refresh outlive its tab.
// It has no exports, so that importScripts takes it too. src/host/escrow.ts has the
// page's side, and what the two say to each other.
import { lockOf, patience, type Answer } from '../host/escrow.js'
import { transact, type Escrow } from '../host/ledger.js'
import { send, type Call } from '../host/server.js'

/** What there is of the type ServiceWorkerGlobalScope here, which a page's types have not. */
interface Scope {
  addEventListener(type: 'message', listener: (event: MessageEvent<unknown> & Extendable) => void): void
}
interface Extendable {
  waitUntil(work: Promise<unknown>): void
}

/** Each time that the worker starts: the database may have been deleted meanwhile. */
const announced = transact('worker', (page) => (page.worker ? undefined : { worker: true })).catch(() => {})

;(globalThis as unknown as Scope).addEventListener('message', (event) => {
  const { authfetch: name, key } = (event.data ?? {}) as { authfetch?: unknown; key?: unknown }
  const port = event.ports[0]
  if (typeof name === 'string' && typeof key === 'string' && port)
    event.waitUntil(announced.then(() => serve(name, key, port)))
})

async function serve(name: string, key: string, port: MessagePort): Promise<void> {
  await navigator.locks.request(lockOf(name), async () => {
    if (!(await transact(name, (page) => ({ ...page, escrow: { key } })))) return
    const control = new AbortController()
    const call = await new Promise<Call | undefined>((resolve) => {
      const late = setTimeout(() => resolve(undefined), patience)
      port.onmessage = ({ data }: MessageEvent<Call | 'cancel'>) => {
        clearTimeout(late)
        if (data === 'cancel') control.abort()
        resolve(data === 'cancel' ? undefined : data)
      }
      port.postMessage('ready')
    })
    const answer: Answer = call ? await make(call, control) : { error: 'The page came back too late' }
    const kept =
      'status' in answer && answer.status >= 200 && answer.status < 300 ? { key, answer } : undefined
    await deposit(name, key, kept).catch(() => {}) // the page may be there to get it
    port.postMessage(answer)
  })
}

/** Makes the call, which the page may cancel; gone, it cannot. */
async function make(call: Call, control: AbortController): Promise<Answer> {
  const late = setTimeout(() => control.abort(), call.timeout)
  try {
    const response = await send(fetch, call, control.signal)
    const at = Date.now()
    return { status: response.status, headers: [...response.headers], body: await response.text(), at }
  } catch (error) {
    return { error: String((error as Partial<Error> | undefined)?.message) }
  } finally {
    clearTimeout(late)
  }
}

/** Replaces the note under a key, unless the session has gone on without it. */
async function deposit(name: string, key: string, escrow: Escrow | undefined): Promise<void> {
  await transact(name, (page) => (page.escrow?.key === key ? { ...page, escrow } : undefined))
}
