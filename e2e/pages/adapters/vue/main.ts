import { createWebHashHistory } from 'vue-router'
import { createAuth } from 'authfetch'
import { useSession } from 'authfetch/vue'
import { createApplication } from './app.js'
import { leadAway } from './guarded.js'

export const auth = createAuth({
  signin: '/signin',
  refresh: '/refresh',
  signout: '/signout',
  retry: { attempts: 1 },
})
export const redirects: string[] = []
export const problems: string[] = []

export const { app, router } = createApplication(auth, createWebHashHistory())
export const session = app.runWithContext(useSession)
auth.onFailedRefresh(() => {
  redirects.push(router.currentRoute.value.fullPath)
})
leadAway(router, auth)
app.config.errorHandler = (error) => problems.push((error as { code?: string }).code ?? String(error))
void router.isReady().then(() => app.mount('#app'))
