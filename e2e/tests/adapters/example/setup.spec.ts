import { expect } from '@playwright/test'
import { test } from './fixtures.js'
import { writeState } from './setup.js'

test('a state that was written once is that of a signed-in user', async ({
  context,
  browser,
  server,
}, testInfo) => {
  const path = testInfo.outputPath('state.json')
  await writeState(context, server.page, path)
  const later = await browser.newContext({ storageState: path, baseURL: server.page })
  const page = await later.newPage()
  await page.goto('/after')
  await page.getByRole('button', { name: 'Who am I?' }).click()
  await expect(page.locator('output')).toHaveText('Hello ada')
  await later.close()
})
