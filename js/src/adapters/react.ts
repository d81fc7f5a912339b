'use client'
// `authfetch/react`. Nothing happens while React renders: the client is asked in an
// effect, and a server renders a session that is not known yet.
// https://react.dev/reference/react/useSyncExternalStore
import {
  createContext,
  createElement,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useSyncExternalStore,
  type ReactElement,
  type ReactNode,
} from 'react'
import type { Auth, FailedRefreshHandler, Session } from '../types.js'
import { sessionStore, unknown, type SessionStore } from './session-store.js'

interface Provided {
  readonly auth: Auth
  readonly store: SessionStore
}

const AuthContext = createContext<Provided | null>(null)

export interface AuthProviderProps {
  /** A client that outlives the component: make it where modules are loaded, not in a component. */
  auth: Auth
  children?: ReactNode
}

/** Provides a client to the components below, and keeps its session at hand for them. */
export function AuthProvider({ auth, children }: AuthProviderProps): ReactElement {
  const provided = useMemo(() => ({ auth, store: sessionStore(auth) }), [auth])
  // The store listens for as long as the provider is there, not only while a component
  // that shows the session is.
  useEffect(() => provided.store.subscribe(() => {}), [provided])
  return createElement(AuthContext.Provider, { value: provided }, children)
}

function useProvided(hook: string): Provided {
  const provided = useContext(AuthContext)
  if (!provided) throw new Error(`${hook}: there is no <AuthProvider auth={…}> above this component`)
  return provided
}

/** The client that the nearest provider was given. */
export function useAuth(): Auth {
  return useProvided('useAuth').auth
}

/**
 * The session: undefined while it is not known yet, as on a server and while a page
 * hydrates, null when nobody is signed in. The component renders again when it
 * changes, whichever tab changed it. Throws, for the nearest error boundary, where it
 * cannot be known because the module cannot run.
 */
export function useSession(): Session | null | undefined {
  const { store } = useProvided('useSession')
  const { session, error } = useSyncExternalStore(store.subscribe, store.read, () => unknown)
  if (error) throw error
  return session
}

/** Has a handler called for each refresh that ends the session, while the component is mounted. */
export function useFailedRefresh(handler: FailedRefreshHandler): void {
  const { auth } = useProvided('useFailedRefresh')
  const latest = useRef(handler)
  useEffect(() => {
    latest.current = handler
  })
  useEffect(() => auth.onFailedRefresh((error) => latest.current(error)), [auth])
}
