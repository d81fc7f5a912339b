// The demo itself: every button, as somebody would press it.
import { test as base, expect as patient, type Page } from '@playwright/test'
import { createDemoServer } from '../../web/server/index.js'

/** A busy machine may take its time: what is waited for is what happens. */
const expect = patient.configure({ timeout: 20_000 })

type Server = Awaited<ReturnType<typeof createDemoServer>>

const test = base.extend<{ server: Server }>({
  server: async ({}, use) => {
    const server = await createDemoServer()
    await use(server)
    await server.close()
  },
})

async function signedIn(page: Page, server: Server): Promise<void> {
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  await page.goto(server.origin)
  await page.getByRole('button', { name: /ada lovelace/i }).click()
  const submit = page.locator('form button[type=submit]')
  if (await submit.isVisible()) await submit.click()
  await expect(page.getByText('Analyst of engines').first()).toBeVisible()
  expect(problems).toEqual([])
}

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const report = (page: Page) => page.locator('#report')

test('the server’s own page signs in too, and leads back to where the user was', async ({ page, server }) => {
  await page.goto(`${server.origin}/items`)
  await page.getByRole('button', { name: 'Sign in at the server' }).click()
  await page.waitForURL(/\/oauth\/interaction\//)
  await page.getByLabel('Name').fill('grace')
  await page.getByLabel('Password').fill('hopper')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('Compiler of compilers').first()).toBeVisible()
  await expect(page).toHaveURL(`${server.origin}/items`)
  await press(page, 'Expire + 50 requests')
  await expect(report(page)).toHaveText('All 50 answered.')
  expect([...server.log.presentations().values()]).toEqual([1])
})

test('fifty requests that meet an expired token are drawn with one refresh', async ({ page, server }) => {
  await signedIn(page, server)
  await press(page, 'Expire + 50 requests')
  await expect(report(page)).toHaveText('All 50 answered.')
  // The request of the page itself may still be in the picture.
  await expect(page.locator('.af-caption')).toHaveText(/\b50 (requests: all )?met a 401.*One refresh/)
  expect([...server.log.presentations().values()]).toEqual([1])
})

test('a form and a stream arrive whole after the replay', async ({ page, server }) => {
  await signedIn(page, server)
  await press(page, 'Let the token expire')
  await press(page, 'Upload form + stream')
  await expect(report(page)).toHaveText('The form arrived whole, the stream of the Request whole.')
})

test('a revoked session leads to the sign-in page, and back', async ({ page, server }) => {
  await signedIn(page, server)
  await press(page, 'Revoke the session')
  await expect(page).toHaveURL(/\/signin/)
  await page.getByRole('button', { name: /ada lovelace/i }).click()
  const submit = page.locator('form button[type=submit]')
  if (await submit.isVisible()) await submit.click()
  await expect(page).not.toHaveURL(/\/signin/)
})

test('offline, requests fail and the user stays signed in', async ({ page, server }) => {
  await signedIn(page, server)
  await press(page, 'Go offline')
  await press(page, 'One request')
  await expect(report(page)).toHaveText('It failed.')
  await press(page, 'Go offline')
  await press(page, 'One request')
  await expect(report(page)).toHaveText('Answered.')
})

test('a second tab adopts what the first one got', async ({ page, server, context }) => {
  await signedIn(page, server)
  const opened = context.waitForEvent('page')
  await page
    .getByRole('link', { name: 'Open a second tab' })
    .or(page.getByRole('button', { name: 'Open a second tab' }))
    .click()
  const second = await opened
  await expect(second.getByText('Analyst of engines').first()).toBeVisible()
  await press(page, 'Expire + 50 requests')
  await expect(report(page)).toHaveText('All 50 answered.')
  await press(second, '50 requests at once')
  await expect(report(second)).toHaveText('All 50 answered.')
  expect([...server.log.presentations().values()]).toEqual([1])
})

test('a sign-out forgets the session', async ({ page, server }) => {
  await signedIn(page, server)
  await press(page, 'Sign out')
  await expect(page).toHaveURL(/\/signin/)
  await expect
    .poll(() =>
      server.log.entries.some(
        (entry: { kind: string; status: number }) => entry.kind === 'revocation' && entry.status === 200,
      ),
    )
    .toBe(true)
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain('oken')
})
