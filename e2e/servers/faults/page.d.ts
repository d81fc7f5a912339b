// The types of kit.js, for what tests run in the page.
import type * as authfetch from 'authfetch'

export interface Told {
  /** What a value is that is no object. */
  value?: string
  class?: string
  name?: string
  message?: string
  code?: authfetch.AuthErrorCode
  status?: number
  error?: string
  description?: string
  transient?: boolean
}

export interface Outcome {
  threwAtOnce?: Told
  rejected?: Told
  status?: number
  statusText?: string
  type?: string
  url?: string
  redirected?: boolean
  headers?: Record<string, string>
  body?: string
}

type Package = typeof authfetch

interface Kit extends Package {
  client(options?: authfetch.AuthOptions): authfetch.Auth
  everything(value: unknown): string
  // Tests know what they put there.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  kept: Record<string, any>
  outcome(call: () => Promise<Response>): Promise<Outcome>
  rejectsWith(promise: Promise<unknown>, reason: unknown): Promise<'the reason' | 'resolved' | Told>
  told(error: unknown): Told
}

declare global {
  var faults: Kit
}
