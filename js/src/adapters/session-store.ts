// What a client's session is, as frameworks want to be told it: a value to read at
// once, and a function to call when it has changed.
import type { AuthError } from '../errors.js'
import type { Auth, Session } from '../types.js'

/** What is known of a session. A new object each time it changes. */
export interface Known {
  /** undefined until it is known, null when nobody is signed in. */
  readonly session: Session | null | undefined
  /** Why it cannot be known: the module cannot run here. */
  readonly error?: AuthError
}

export interface SessionStore {
  readonly read: () => Known
  /** Asks the client, and listens to it, while anybody is subscribed. Never before. */
  readonly subscribe: (listener: () => void) => () => void
}

/** What a server renders, and a page before its client has answered. */
export const unknown: Known = { session: undefined }

export function sessionStore(auth: Pick<Auth, 'on' | 'getSession'>): SessionStore {
  let known = unknown
  let stop: (() => void) | undefined
  const listeners = new Set<() => void>()

  function learn(next: Known): void {
    if (next.error === known.error && same(next.session, known.session)) return
    known = next
    for (const listener of [...listeners]) listener()
  }

  function start(): () => void {
    let told = false // by an event, which is newer than what was asked for
    const unlisten = auth.on('change', ({ session }) => {
      told = true
      learn({ session })
    })
    const answered = (next: Known) => {
      if (!told) learn(next)
    }
    auth.getSession().then(
      (session) => answered({ session }),
      (error: unknown) => answered({ session: undefined, error: error as AuthError }),
    )
    return () => {
      told = true
      unlisten()
      if (known.error) known = unknown // who comes next has it tried again
    }
  }

  return {
    read: () => known,
    subscribe(listener) {
      const own = () => listener()
      listeners.add(own)
      stop ??= start()
      return () => {
        if (!listeners.delete(own)) return
        // Who has heard of an error leaves with it, while a provider stays.
        if (listeners.size > 0 && !known.error) return
        stop?.()
        stop = undefined
      }
    },
  }
}

/** The client makes a new object for each answer. */
function same(a: Session | null | undefined, b: Session | null | undefined): boolean {
  if (!a || !b) return a === b
  return a.accessToken === b.accessToken && a.expiresAt === b.expiresAt && a.idToken === b.idToken
}
