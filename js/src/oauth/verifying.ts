// How the OAuth client has ID tokens verified where the option `verify` is on: the
// verifier is loaded then, and is ready before a code or refresh token is spent.
import { Problem, type Connection } from './server.js'
import type { Verdict, Verifier } from './verify.js'

interface Received {
  idToken: string
  accessToken: string
  nonce: string
  previous: string
}

/** Rejects with a Problem where an ID token is not to be believed. */
export type Verify = (received: Received) => Promise<void>

const verifiers = new WeakMap<Connection, Promise<Verifier>>()

/** Resolves to what verifies ID tokens, once it can; to undefined where nobody asked for it. */
export async function verification(connection: Connection): Promise<Verify | undefined> {
  const { host, issuer, leeway } = connection
  const { verify, clientId } = host.oauth
  if (!verify) return undefined
  const { jwks: keysUrl } = await connection.server('jwks')
  if (!keysUrl)
    throw new Problem("the server's metadata names no keys (jwks_uri) to verify ID tokens with", false)
  const verifier = await open(connection)
  believe(await verifier.prepare(keysUrl))
  const { algs = [], needAtHash = false, maxAge = -1 } = verify === true ? {} : verify
  const wanted = { issuer, clientId, leeway, keysUrl, algs, needAtHash, maxAge }
  return async ({ idToken, ...received }) => {
    if (idToken) believe(await verifier.verify(idToken, { ...wanted, ...received }))
  }
}

function open(connection: Connection): Promise<Verifier> {
  const { Module, AuthError, checked, oauth } = connection.host
  const { verify } = oauth
  const { fetch, pageFetch, config } = checked
  let verifier = verifiers.get(connection)
  if (!verifier) {
    const wasm = typeof verify === 'object' ? verify.wasm : undefined
    verifier = import('./verify.js').then(
      (entry) => entry.open({ Module, wasm, fetch, pageFetch, timeout: config.timeout }),
      (cause: unknown) => {
        verifiers.delete(connection) // a later call tries again
        throw new AuthError('wasm_failed', 'The script verify.js could not be loaded', {
          transient: true,
          cause,
        })
      },
    )
    verifiers.set(connection, verifier)
  }
  return verifier
}

function believe({ problem, passing, cause }: Verdict): void {
  if (problem) throw new Problem(passing ? problem : `the ID token was refused: ${problem}`, passing, cause)
}
