// Sign-ins that were sent to the server and wait for its answer. They are kept in
// this tab's sessionStorage, each under its own state: other tabs, and another
// sign-in of the same tab, have their own.
import type { RedirectOutcome } from '../types.js'
import type { Pending } from './rules.js'

export interface Sent extends Pending {
  nonce: string
  verifier: string
  scope: string
  redirectUri: string
  returnTo: string
  /** The application's own data. */
  data?: unknown
}

/** What is remembered of a sign-in that was answered, so that Back does no harm. */
export type Answered = Pending & Pick<RedirectOutcome, 'returnTo'> & { data?: unknown }

/** After this time nobody comes back any more, in milliseconds. */
const forgotten = 24 * 60 * 60 * 1000

export class Pendings {
  constructor(private readonly prefix: string) {}

  /** Throws where this page has no sessionStorage. */
  save(entry: Sent | Answered): void {
    this.sweep()
    sessionStorage.setItem(this.prefix + entry.state, JSON.stringify(entry))
  }

  find(state: string): Sent | Answered | null {
    try {
      return JSON.parse(sessionStorage.getItem(this.prefix + state) ?? 'null') as Sent | Answered | null
    } catch {
      return null // no storage, or something else in it
    }
  }

  /** Notes that it was answered; what could redeem a code is gone with that. */
  answered({ state, issuer, at, returnTo, data }: Sent | Answered): void {
    this.save({ state, issuer, at, returnTo, data, done: true })
  }

  private sweep(): void {
    for (const key of Object.keys(sessionStorage))
      if (key.startsWith(this.prefix)) {
        const at = this.find(key.slice(this.prefix.length))?.at
        if (!at || at < Date.now() - forgotten) sessionStorage.removeItem(key)
      }
  }
}

/** 32 random bytes: as a state, a nonce, and a verifier (RFC 7636 section 4.1). */
export function random(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)))
}

/** RFC 7636 section 4.2. */
export async function challengeOf(verifier: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))))
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
