/** What the buttons send, through the client, as an application's own code would. */
import { auth } from './auth'

export interface Result {
  answered: number
  failed: number
}

const FIFTY = [
  { count: 20, send: () => auth.fetch('/api/items?n=10') },
  { count: 15, send: () => auth.fetch('/api/me') },
  { count: 10, send: () => auth.fetch('/api/echo', { method: 'POST', body: 'an echo' }) },
  { count: 5, send: () => auth.fetch('/api/slow?ms=60') },
]

export function sendOne(): Promise<Result> {
  return settle([auth.fetch('/api/items?n=3')])
}

export function sendFifty(): Promise<Result> {
  return settle(FIFTY.flatMap(({ count, send }) => Array.from({ length: count }, send)))
}

async function settle(requests: Promise<Response>[]): Promise<Result> {
  const results = await Promise.allSettled(requests.map(async (request) => readToEnd(await request)))
  const answered = results.filter((result) => result.status === 'fulfilled' && result.value).length
  return { answered, failed: results.length - answered }
}

async function readToEnd(response: Response): Promise<boolean> {
  await response.arrayBuffer()
  return response.ok
}

const UPLOAD_BYTES = 256 * 1024
/** The most that the browser's random numbers come in at once. */
const RANDOM_BYTES = 64 * 1024

/**
 * Sends a file in a form, and the same bytes in a Request, whose body is a stream
 * that can be read once; tells whether the server got all of them. (A stream of
 * the page's own making would need HTTP/2, which browsers speak only with TLS.)
 */
export async function upload(): Promise<{ form: boolean; request: boolean }> {
  const bytes = new Uint8Array(UPLOAD_BYTES)
  for (let at = 0; at < UPLOAD_BYTES; at += RANDOM_BYTES)
    crypto.getRandomValues(bytes.subarray(at, at + RANDOM_BYTES))

  const form = new FormData()
  form.set('file', new Blob([bytes]), 'numbers.bin')
  const [viaForm, viaRequest] = await Promise.all([
    auth.fetch('/api/echo', { method: 'POST', body: form }).then(echoOf),
    auth.fetch(new Request('/api/echo', { method: 'POST', body: bytes })).then(echoOf),
  ])
  return {
    form: viaForm.length > UPLOAD_BYTES,
    request: viaRequest.length === UPLOAD_BYTES && viaRequest.sha256 === (await sha256(bytes)),
  }
}

interface Echo {
  length: number
  sha256: string
}

async function echoOf(response: Response): Promise<Echo> {
  if (!response.ok) throw new Error(`answered ${response.status}`)
  return response.json() as Promise<Echo>
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
