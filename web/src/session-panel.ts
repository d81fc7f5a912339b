/** Who is signed in, and how long the access token still lives. */
import type { Session } from 'authfetch'
import { REFRESH_BEFORE } from './auth'
import { claimsOf } from './claims'
import { byId, definitions, setText } from './dom'

const left = byId('session-left')
const bar = byId('session-bar')

let expiresAt: number | null = null
let lifetime = 1

export function showSession(session: Session): void {
  const claims = claimsOf(session)
  const name = String(claims.name ?? claims.sub ?? 'Somebody')
  setText(byId('session-name'), name)
  setText(byId('session-role'), String(claims.role ?? ''))
  setText(byId('session-initials'), initialsOf(name))
  byId('session-claims').replaceChildren(
    ...definitions(
      [
        ['access token', '••••••••••••'],
        ['sub', String(claims.sub ?? '–')],
        ['aud', String(claims.aud ?? '–')],
        ['iss', String(claims.iss ?? '–')],
        ['iat', timeOf(claims.iat)],
      ],
      'mono',
    ),
  )
  // A session can be taken over in the middle of its token's life: then the
  // lifetime is what the claims say, and otherwise what is left now.
  const issuedFor = Number(claims.exp) - Number(claims.iat)
  expiresAt = session.expiresAt
  lifetime = Math.max(issuedFor || (expiresAt === null ? 0 : (expiresAt - Date.now()) / 1000), 1)
  bar.parentElement!.style.setProperty('--early', String(Math.min(REFRESH_BEFORE / lifetime, 1)))
  tick()
}

function tick(): void {
  if (expiresAt === null) {
    setText(left, 'unknown')
    return
  }
  const seconds = Math.max((expiresAt - Date.now()) / 1000, 0)
  setText(left, clock(seconds))
  bar.style.transform = `scaleX(${Math.min(seconds / lifetime, 1)})`
}

/** The bar moves by itself between two ticks, by a transition of the same length. */
setInterval(tick, 250)

function clock(seconds: number): string {
  const whole = Math.ceil(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

function timeOf(seconds: unknown): string {
  return typeof seconds === 'number' ? new Date(seconds * 1000).toLocaleTimeString('en-GB') : '–'
}

function initialsOf(name: string): string {
  return name
    .split(' ')
    .map((word) => word.charAt(0))
    .join('')
    .slice(0, 2)
}
