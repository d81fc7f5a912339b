import type { BrowserContext } from '@playwright/test'
import { signIn } from 'authfetch/playwright'

/** Writes a storage state that tests can begin with: `test.use({ storageState: path })`. */
export async function writeState(context: BrowserContext, url: string, path: string): Promise<void> {
  const answer = await context.request.post(`${url}/auth/login`, {
    data: { username: 'ada', password: 'lovelace' },
  })
  const keys = { accessToken: 'accessToken', refreshToken: 'refreshToken' }
  await signIn(context, await answer.json(), { url, storage: { keys } })
  await context.storageState({ path, indexedDB: true })
}
