/** Who a session is of: the claims are shown, and nothing is decided by them. */
import type { Session } from 'authfetch'

export type Claims = Readonly<Record<string, unknown>>

export const claimsOf = (session: Session): Claims => session.claims ?? {}
