import { expect } from '@playwright/test'
import { test } from './fixtures.js'

test.beforeEach(async ({ page, request, authSession }) => {
  const answer = await request.post('/auth/login', { data: { username: 'ada', password: 'lovelace' } })
  await authSession.signIn(await answer.json())
  await page.goto('/after')
})

test('nobody notices that a token has expired', async ({ page, authSession }) => {
  await authSession.expire()
  await page.getByRole('button', { name: 'Who am I?' }).click()
  await expect(page.locator('output')).toHaveText('Hello ada')
  expect(authSession.refreshes).toHaveLength(1)
})

test('whose session has ended is led to the sign-in page', async ({ page, authSession }) => {
  await authSession.revoke()
  await page.getByRole('button', { name: 'Who am I?' }).click()
  await expect(page).toHaveURL('/sign-in')
})
