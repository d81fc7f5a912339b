// `authfetch/vue`: a plugin, composables, and a guard for vue-router. Nothing is asked
// of the client on a server. https://vuejs.org/guide/reusability/plugins
import { inject, shallowReadonly, shallowRef, type InjectionKey, type Plugin, type ShallowRef } from 'vue'
import type { Auth, Session } from '../types.js'
import { sessionStore } from './session-store.js'

interface Provided {
  readonly auth: Auth
  readonly session: SessionRef
}

/** undefined while it is not known yet, as on a server, null when nobody is signed in. */
export type SessionRef = Readonly<ShallowRef<Session | null | undefined>>

const key: InjectionKey<Provided> = Symbol('authfetch')

/**
 * The plugin that `useAuth` and `useSession` need: `app.use(authPlugin(auth))`. Where
 * the session cannot be known because the module cannot run, the application's
 * `errorHandler` hears of it.
 */
export function authPlugin(auth: Auth): Plugin {
  return {
    install(app) {
      const session = shallowRef<Session | null | undefined>()
      app.provide(key, { auth, session: shallowReadonly(session) })
      if (typeof window === 'undefined') return
      const report = (error: unknown) => {
        const { errorHandler } = app.config
        if (errorHandler) errorHandler(error, null, 'authfetch')
        else reportError(error)
      }
      const store = sessionStore(auth)
      const stop = store.subscribe(() => {
        const known = store.read()
        session.value = known.session
        if (known.error) report(known.error)
      })
      app.onUnmount(stop)
    },
  }
}

function useProvided(composable: string): Provided {
  const provided = inject(key, null)
  if (!provided) throw new Error(`${composable}: the application does not use authPlugin(auth)`)
  return provided
}

/** The client that the plugin was given. */
export function useAuth(): Auth {
  return useProvided('useAuth').auth
}

/** The session, kept up to date, whichever tab changes it. */
export function useSession(): SessionRef {
  return useProvided('useSession').session
}

/** What the guard needs to know of a vue-router location. */
export interface GuardedRoute {
  readonly fullPath: string
  readonly meta: Readonly<Record<PropertyKey, unknown>>
}

export interface GuardOptions {
  /** The path of the sign-in page, which gets `?redirect=` with what was asked for. Default `/login`. */
  signin?: string | undefined
  /** Whether a route is for signed-in users only. Default: its `meta.requiresAuth`. */
  requiresAuth?: ((to: GuardedRoute) => boolean) | undefined
}

/**
 * A navigation guard, `router.beforeEach(authGuard(auth))`, that leads to the sign-in
 * page whoever is not signed in. Where the refresh token is an HttpOnly cookie, it
 * tries that before. A server, which cannot know, lets everybody pass.
 */
export function authGuard(
  auth: Pick<Auth, 'getSession' | 'getToken'>,
  { signin = '/login', requiresAuth = ({ meta }) => Boolean(meta['requiresAuth']) }: GuardOptions = {},
): (to: GuardedRoute) => Promise<true | { path: string; query: { redirect: string } }> {
  return async (to) => {
    if (typeof window === 'undefined' || !requiresAuth(to)) return true
    if ((await auth.getSession()) ?? (await auth.getToken())) return true
    return { path: signin, query: { redirect: to.fullPath } }
  }
}
