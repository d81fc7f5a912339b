// What a server sends of it.
import { createMemoryHistory } from 'vue-router'
import { renderToString } from '@vue/server-renderer'
import type { Auth } from 'authfetch'
import { createApplication } from './app.js'

export async function render(auth: Auth, path: string): Promise<string> {
  const { app, router } = createApplication(auth, createMemoryHistory())
  await router.push(path)
  return renderToString(app)
}
