// Sends requests with proofs that this browser holds the key their tokens are bound
// to: DPoP, RFC 9449, for the option `oauth.dpop`. What a proof says and when a
// request is sent again are rules (wasm/internal/oauth/dpop); this signs and sends.
import { mayHaveBody } from '../exchange.js'
import { Keys, type BoundKey } from './keys.js'
import type { Rules } from './rules.js'

/** What the prover is handed. */
export interface DPoPHost {
  /** Asks the rules. */
  ask: <Name extends keyof Rules>(
    name: Name,
    ...args: Parameters<Rules[Name]>
  ) => Promise<ReturnType<Rules[Name]>>
  /** What the key is kept under, for all tabs; undefined for in memory alone. */
  record: string | undefined
}

export interface Prover {
  /** Sends a request that carries an access token. */
  request(fetch: Fetch, request: Request, extras: RequestInit | undefined, token: string): Promise<Response>
  /**
   * Sends a request to the token endpoint. The tokens that come are bound to the key
   * that `begun`, which it answers as well, makes the session's; it takes the access token.
   */
  grant(
    fetch: Fetch,
    url: string,
    init: RequestInit,
  ): Promise<{ response: Response; begun: (token: string) => Promise<void> }>
  /** The key's thumbprint, which binds a code to it: dpop_jkt, section 10. */
  thumbprint(): Promise<string>
  /** Another tab has signed out. */
  drop(): void
  /** The session is over. */
  remove(): Promise<void>
}

type Fetch = typeof fetch

export function open({ ask, record }: DPoPHost): Prover {
  const keys = new Keys(record)
  /** By origin: the nonce that the server wants to see next, and how far its clock is ahead. */
  const nonces = new Map<string, string>()
  const skews = new Map<string, number>()
  /** The last token's hash: requests carry the same for a while. */
  let hashed = { token: '', hash: '' }

  const hashOf = async (token: string) => {
    if (hashed.token !== token) hashed = { token, hash: await sha256(token) }
    return hashed.hash
  }

  async function send(
    fetch: Fetch,
    key: BoundKey,
    request: Request,
    extras: RequestInit | undefined,
    token: string,
  ): Promise<Response> {
    const { origin } = new URL(request.url)
    const { method, url } = request
    const hash = token && (await hashOf(token))
    // Now: a body that has been sent is gone. One that is not needed again is let go.
    const spare = mayHaveBody(request) ? request.clone() : request
    for (let attempt = 1; ; attempt++) {
      const sent = nonces.get(origin) ?? ''
      const dated = skews.get(origin) ?? 0
      const wish = { method, url, id: crypto.randomUUID(), nonce: sent, hash, now: Date.now() + dated }
      const { text } = await ask('proof', key, wish)
      // A copy: a request that is sent a second time must not have the first's proof.
      const outgoing = new Request(attempt === 1 ? request : spare)
      outgoing.headers.set('DPoP', `${text}.${await sign(key, text)}`)
      const response = await fetch(outgoing, extras)
      const answer = { ...(await read(response, token)), sent, dated, skew: dated }
      if (answer.nonce) nonces.set(origin, answer.nonce)
      // What a cache answers is of another time. Refusals are in none, nor is what was posted.
      if (!token || answer.status === 401) {
        const date = Date.parse(response.headers.get('Date') ?? '') || 0
        answer.skew = (await ask('skew', date, Date.now(), dated)).skew
        skews.set(origin, answer.skew)
      }
      if (attempt > 1 || !(await ask('reproof', answer)).again) {
        if (attempt === 1 && spare !== request) spare.body?.cancel().catch(() => {})
        return response
      }
      response.body?.cancel().catch(() => {})
    }
  }

  return {
    request: async (fetch, request, extras, token) =>
      send(fetch, await keys.of(token), request, extras, token),
    grant: async (fetch, url, init) => {
      // As the tabs share it: one that has signed in anew has bound its tokens to another.
      const key = await keys.shared()
      const { signal = null } = init // beside the Request too: its copies may forget it
      const response = await send(fetch, key, new Request(url, init), { signal }, '')
      return { response, begun: (token) => keys.keep(key, token) }
    },
    thumbprint: async () => sha256((await ask('thumbprint', await keys.shared())).text),
    drop: () => keys.drop(),
    remove: () => keys.remove(),
  }
}

/** What the rules judge an answer by. A resource's body is not theirs to read. */
async function read(response: Response, token: string) {
  const { status, headers } = response
  let code = ''
  if (!token && (status === 400 || status === 401))
    try {
      const { error } = (await response.clone().json()) as { error?: unknown }
      if (typeof error === 'string') code = error
    } catch {} // no JSON: then it says nothing of proofs
  const nonce = headers.get('DPoP-Nonce') ?? ''
  return { status, nonce, challenge: headers.get('WWW-Authenticate') ?? '', code }
}

async function sign({ privateKey }: BoundKey, text: string): Promise<string> {
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
  return base64url(await crypto.subtle.sign(algorithm, privateKey, new TextEncoder().encode(text)))
}

async function sha256(text: string): Promise<string> {
  return base64url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
}

function base64url(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
