import type { App } from 'vue'
import type { Router } from 'vue-router'
import type { Auth } from 'authfetch'
import { authGuard, authPlugin } from 'authfetch/vue'

/** Routes with `meta: { requiresAuth: true }` are for signed-in users. */
export function connect(app: App, router: Router, auth: Auth): void {
  router.beforeEach(authGuard(auth, { signin: '/sign-in' }))
  app.use(authPlugin(auth)).use(router)
}

/** In the page alone: on a server nobody is to be led away. */
export const leadAway = (router: Router, auth: Auth): (() => void) =>
  auth.onFailedRefresh(async () => {
    await router.push('/sign-in')
  })
