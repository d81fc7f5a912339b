/**
 * Who a session is of. This server's access tokens say nothing to a client, so
 * the claims come from the ID token. They are shown, and nothing is decided by
 * them, so the signature is left to the server that reads the access token.
 */
import type { Session } from 'authfetch'

export type Claims = Readonly<Record<string, unknown>>

export function claimsOf(session: Session): Claims {
  return session.claims ?? payloadOf(session.idToken) ?? {}
}

function payloadOf(jwt: string | undefined): Claims | undefined {
  const part = jwt?.split('.')[1]
  if (!part) return undefined
  const bytes = Uint8Array.from(atob(part.replaceAll('-', '+').replaceAll('_', '/')), (char) =>
    char.charCodeAt(0),
  )
  return JSON.parse(new TextDecoder().decode(bytes)) as Claims
}
