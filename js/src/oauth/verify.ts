// Verifies ID tokens, for the option `oauth.verify`: the entry verify.js, with the
// module verify.wasm. The rules are the module's (wasm/internal/idtoken); this
// fetches keys and has WebCrypto compute. https://w3c.github.io/webcrypto/
import type { Module } from '../module.js'
import type { AuthOptions } from '../types.js'

/** What the verifier is handed. */
export interface VerifyHost {
  Module: typeof Module
  /** Where verify.wasm comes from; undefined for beside this script. */
  wasm: AuthOptions['wasm']
  /** Milliseconds for one look at the issuer's keys. */
  timeout: number
  /** The unwrapped fetch. */
  fetch: typeof fetch
  /** The page's own fetch, which loads the module. */
  pageFetch: typeof fetch
}

/** What an ID token has to say: Expected in wasm/internal/idtoken. */
export interface ExpectedToken {
  issuer: string
  clientId: string
  keysUrl: string
  algs: readonly string[]
  nonce: string
  accessToken: string
  needAtHash: boolean
  maxAge: number
  leeway: number
  previous: string
}

/** "" where all is well, else a sentence. It never holds a token. */
export interface Verdict {
  problem: string
  /** Whether a later try may succeed: the issuer's keys were not to be had. */
  passing: boolean
  cause: unknown
}

export interface Verifier {
  /** Loads what is needed, so that nothing is missing once a code or token has been spent. */
  prepare(keysUrl: string): Promise<Verdict>
  verify(idToken: string, expected: ExpectedToken): Promise<Verdict>
}

/** What the module gives. */
interface Exports {
  verify(port: object, call: number, idToken: string, expected: ExpectedToken): void
  prepare(port: object, call: number, keysUrl: string): void
  settle(ask: number, ok: boolean, value: unknown): void
}

interface Call {
  resolve(verdict: Verdict): void
  reject(error: unknown): void
}

/** One module for all clients of the page: it keeps the issuers' keys. */
let shared: Module<Exports> | undefined
const calls = new Map<number, Call>()
let lastCall = 0

export function open(host: VerifyHost): Verifier {
  const answers: Record<string, (...args: never[]) => Promise<unknown>> = {
    keySet: (url: string, fresh: boolean) => keySet(host, url, fresh),
    check,
    digest,
  }
  const call = async (begin: (module: Exports, port: object, call: number) => void) => {
    const module = await running(host)
    const port = {
      ask: (ask: number, name: string, ...args: never[]) => {
        // Not now: Go waits for nothing before it has returned.
        const answer = Promise.resolve().then(() => answers[name]!(...args))
        answer.then(
          (value) => module.settle(ask, true, value),
          (error: unknown) => module.settle(ask, false, error),
        )
      },
      settle: (call: number, problem: string, passing: boolean, cause: unknown) => {
        calls.get(call)?.resolve({ problem, passing, cause: cause ?? undefined })
        calls.delete(call)
      },
    }
    return new Promise<Verdict>((resolve, reject) => {
      calls.set(++lastCall, { resolve, reject })
      begin(module, port, lastCall)
    })
  }
  return {
    prepare: (keysUrl) => call((module, port, call) => module.prepare(port, call, keysUrl)),
    verify: (idToken, expected) => call((module, port, call) => module.verify(port, call, idToken, expected)),
  }
}

function running({ Module, wasm, pageFetch }: VerifyHost): Promise<Exports> {
  if (!shared) {
    shared = new Module<Exports>()
    shared.onDeath((error) => {
      for (const call of calls.values()) call.reject(error)
      calls.clear()
    })
  }
  return shared.start(wasm ?? new URL('./verify.wasm', import.meta.url), pageFetch)
}

/** How often keys are asked for, and the pause before the second time, in milliseconds. */
const attempts = 3
const pause = 200

/** Gets an issuer's keys, with some patience: the code or the token that was spent is lost without them. */
async function keySet({ fetch, timeout }: VerifyHost, url: string, fresh: boolean): Promise<string> {
  const signal = AbortSignal.timeout(timeout)
  for (let attempt = 1; ; attempt++)
    try {
      const response = await fetch(url, {
        headers: { Accept: 'application/jwk-set+json, application/json' },
        cache: fresh ? 'reload' : 'default',
        credentials: 'omit',
        signal,
      })
      if (!response.ok) throw new Error(`the server answered ${response.status}`)
      return await response.text()
    } catch (error) {
      if (attempt === attempts || signal.aborted) throw error
      await new Promise((resolve) => setTimeout(resolve, pause * attempt))
    }
}

/** Whether a signature is a key's. Rejects where this browser does not know the algorithm, or the key is none. */
async function check(alg: string, jwk: string, text: string, signature: string): Promise<boolean> {
  const algorithm = algorithmOf(alg)
  const key = await subtle().importKey('jwk', JSON.parse(jwk) as JsonWebKey, algorithm, false, ['verify'])
  return subtle().verify(algorithm, key, bytesOf(signature), new TextEncoder().encode(text))
}

async function digest(hash: string, text: string): Promise<number[]> {
  return [...new Uint8Array(await subtle().digest(hash, new TextEncoder().encode(text)))]
}

function subtle(): SubtleCrypto {
  const found = (globalThis.crypto as Partial<Crypto> | undefined)?.subtle
  if (!found) throw new Error('it needs a secure context: https, or http on this machine')
  return found
}

/** The names of RFC 7518 section 3.1 and RFC 8037 in WebCrypto's words. */
function algorithmOf(alg: string) {
  const bits = Number(alg.slice(2))
  const hash = `SHA-${bits}`
  if (alg.startsWith('RS')) return { name: 'RSASSA-PKCS1-v1_5', hash }
  if (alg.startsWith('PS')) return { name: 'RSA-PSS', hash, saltLength: bits / 8 }
  if (alg.startsWith('ES')) return { name: 'ECDSA', hash, namedCurve: `P-${bits === 512 ? 521 : bits}` }
  return { name: 'Ed25519' }
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (char) => char.charCodeAt(0))
}
