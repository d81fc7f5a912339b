import type { Page } from '@playwright/test'
import { expect } from '../../browsers/test.js'
import { start } from '../../servers/flows/admin-template.js'
import { authorizations, behavesAsAnyFlow, flowTest, moduleOf, statuses, type App } from './shared.js'

type Server = Awaited<ReturnType<typeof start>>
type Http = typeof import('../../pages/flows/admin-template/http.js')

const test = flowTest(start)

const refreshes = (server: Server) => server.calls('/auth/refresh-token')
const storedTokens = (page: Page) =>
  page.evaluate(() => ({
    access: localStorage.getItem('accessToken'),
    refresh: localStorage.getItem('refreshToken'),
  }))

/** Chromium gives each tab a copy of localStorage, which lags behind; this waits until two tabs see the same. */
async function agreed(page: Page, other: Page) {
  const stored = (tab: Page) => tab.evaluate(() => ({ ...localStorage }))
  await expect(async () => expect(await stored(page)).toEqual(await stored(other))).toPass()
}

async function signIn(page: Page) {
  await page.getByLabel('User name').fill('ada')
  await page.getByLabel('Password').fill('lovelace')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.locator('output')).toHaveText('Hello ada')
}

/** Signs in where users did before the change: on the page with the interceptor. */
async function signInAtOldPage(page: Page, server: Server) {
  await page.goto(`${server.page}/old`)
  await signIn(page)
}

/** Clicks a button that asks the API, and waits until it has been answered with success. */
async function ask(page: Page, server: Server) {
  const succeeded = () => statuses(server.calls('/me')).filter((status) => status === 200).length
  const before = succeeded()
  await page.getByRole('button', { name: 'Who am I?' }).click()
  await server.until(() => succeeded() > before)
}

test.describe('like any flow', () =>
  behavesAsAnyFlow({
    start,
    refreshes,
    refreshPath: '/auth/refresh-token',
    async signIn(page, server) {
      await page.goto(`${server.page}/sign-in`)
      await signIn(page)
      return (await moduleOf<Http>(page, 'http')).evaluateHandle(({ auth: { fetch, signout } }): App => ({
        fetch,
        signout,
      }))
    },
  }))

test('users who signed in before the change stay signed in', async ({ page, server }) => {
  await signInAtOldPage(page, server)
  server.tokens.expire()
  await ask(page, server)
  expect(refreshes(server), 'the interceptor itself works').toHaveLength(1)
  const before = await storedTokens(page)

  await page.goto(server.page)
  await expect(page.locator('output')).toHaveText('Hello ada')
  expect(authorizations(server.calls('/me')).at(-1)).toBe(`Bearer ${before.access}`)
  expect(refreshes(server), 'nothing but the stored token was needed').toHaveLength(1)

  server.tokens.expire()
  await ask(page, server)
  expect(refreshes(server)).toHaveLength(2)
  expect(refreshes(server)[1], 'the stored refresh token is the one that is presented').toMatchObject({
    method: 'POST',
    type: 'application/json',
    body: { refreshToken: before.refresh },
    status: 200,
  })
  expect(Object.keys(refreshes(server)[1].body)).toEqual(['refreshToken'])
  const after = await storedTokens(page)
  expect(authorizations(server.calls('/me')).at(-1), 'under the same key, bare').toBe(
    `Bearer ${after.access}`,
  )
  expect(after.refresh).not.toBe(before.refresh)
  expect(server.calls('/auth/login')).toHaveLength(1)
})

test('a token that expired long ago is refreshed on the first visit after the change', async ({
  page,
  server,
}) => {
  await signInAtOldPage(page, server)
  await page.clock.install()
  await page.clock.fastForward('48:00:00')
  await page.goto(server.page)
  await expect(page.locator('output')).toHaveText('Hello ada')
  const steps = server.log.slice(-2).map(({ path, status }) => `${path} ${status}`)
  expect(steps, 'the JWT tells, so the dead token is not even sent').toEqual([
    '/auth/refresh-token 200',
    '/me 200',
  ])
})

test('the old page and the new one work in two tabs at once', async ({ page: old, context, server }) => {
  await signInAtOldPage(old, server)
  const fresh = await context.newPage()
  await fresh.goto(server.page)
  await expect(fresh.locator('output')).toHaveText('Hello ada')

  server.tokens.expire()
  await ask(fresh, server)
  await agreed(old, fresh)
  await ask(old, server)
  expect(refreshes(server), 'the new page refreshed for both').toHaveLength(1)

  server.tokens.expire()
  await ask(old, server)
  await agreed(fresh, old)
  await ask(fresh, server)
  expect(refreshes(server), 'and the old page did').toHaveLength(2)

  server.tokens.expire()
  await ask(fresh, server)
  expect(statuses(refreshes(server)), 'with the refresh token that the old page was given').toEqual([
    200, 200, 200,
  ])
  expect(server.calls('/auth/login')).toHaveLength(1)
})

test('a race that is lost to the old page signs nobody out', async ({ page: old, context, server }) => {
  await signInAtOldPage(old, server)
  const fresh = await context.newPage()
  await fresh.goto(server.page)
  await expect(fresh.locator('output')).toHaveText('Hello ada')
  server.tokens.expire()
  const { refresh } = await storedTokens(old)
  server.tokens.revoke(refresh!) // as if the old page had used it up this moment
  const release = server.hold('/auth/refresh-token')
  const asked = ask(fresh, server)
  await server.until(() => refreshes(server).length === 1)
  const winner = server.tokens.grant('ada')
  await old.evaluate(({ access, refresh }) => {
    localStorage.setItem('accessToken', access)
    localStorage.setItem('refreshToken', refresh!)
  }, winner)
  await agreed(fresh, old)
  release()
  await asked
  expect(statuses(refreshes(server))).toEqual([401])
  expect(authorizations(server.calls('/me')).at(-1)).toBe(`Bearer ${winner.access}`)
  await expect(fresh).toHaveURL(`${server.page}/`)
})

test.describe('a sign-out', () => {
  test('on the new page signs the old one out', async ({ page: old, context, server }) => {
    await signInAtOldPage(old, server)
    const { refresh } = await storedTokens(old)
    const fresh = await context.newPage()
    await fresh.goto(server.page)
    await expect(fresh.locator('output')).toHaveText('Hello ada')
    await fresh.getByRole('button', { name: 'Sign out' }).click()
    await expect(fresh).toHaveURL(`${server.page}/sign-in`)
    await expect.poll(() => storedTokens(old)).toEqual({ access: null, refresh: null })
    expect(server.calls('/auth/logout').map(({ body }) => body)).toEqual([{ refreshToken: refresh }])
  })

  test('on the old page signs the new one out at once', async ({ page: old, context, server }) => {
    await signInAtOldPage(old, server)
    const fresh = await context.newPage()
    await fresh.goto(server.page)
    await expect(fresh.locator('output')).toHaveText('Hello ada')
    server.tokens.expire()
    await ask(fresh, server) // the new page has written what the old one knows nothing of, and clears all the same
    await agreed(old, fresh)
    await old.getByRole('button', { name: 'Sign out' }).click()
    const module = await moduleOf<Http>(fresh, 'http')
    await expect.poll(() => module.evaluate(({ auth }) => auth.getSession()), { timeout: 2000 }).toBeNull()
    await fresh.getByRole('button', { name: 'Who am I?' }).click()
    await expect(fresh).toHaveURL(`${server.page}/sign-in`)
    expect(authorizations(server.calls('/me')).at(-1)).toBeUndefined()

    await signIn(old)
    await agreed(fresh, old)
    await fresh.goto(server.page)
    await expect(fresh.locator('output')).toHaveText('Hello ada')
    server.tokens.expire()
    const again = await (
      await moduleOf<Http>(fresh, 'http')
    ).evaluate(async ({ http }) => (await http.get('/items/1', { signal: AbortSignal.timeout(2000) })).status)
    expect(again, 'the next session refreshes as quickly as any').toBe(200)
  })
})

test('a refused refresh leads to the sign-in page, and from there back', async ({ page, server }) => {
  await signInAtOldPage(page, server)
  await page.goto(server.page)
  await expect(page.locator('output')).toHaveText('Hello ada')
  server.tokens.expire()
  server.tokens.revokeAll()
  await page.getByRole('button', { name: 'Who am I?' }).click()
  await expect(page).toHaveURL(`${server.page}/sign-in`)
  expect(await storedTokens(page)).toEqual({ access: null, refresh: null })
  expect(statuses(refreshes(server))).toEqual([401])
  await signIn(page)
  await expect(page).toHaveURL(`${server.page}/`)
})

test('somebody who is not signed in is led to the sign-in page', async ({ page, server }) => {
  await page.goto(server.page)
  await expect(page).toHaveURL(`${server.page}/sign-in`)
  expect(refreshes(server)).toHaveLength(0)
})

test('axios itself stays as it was: data, headers and errors', async ({ page, server }) => {
  await signInAtOldPage(page, server)
  await page.goto(server.page)
  await expect(page.locator('output')).toHaveText('Hello ada')
  const module = await moduleOf<Http>(page, 'http')
  server.tokens.expire()
  const outcomes = await module.evaluate(async ({ http }) => {
    const posted = await http.post('/notes', { text: 'Grüße' }, { headers: { 'X-Request-Id': 'r-2' } })
    const missing = await http
      .get('/nowhere')
      .catch(({ name, response }) => ({ name, status: response.status }))
    return { posted: [posted.status, posted.data], missing }
  })
  expect(outcomes).toEqual({
    posted: [201, { note: { text: 'Grüße' }, user: 'ada' }],
    missing: { name: 'AxiosError', status: 404 },
  })
  const [refused, accepted] = server.calls('/notes')
  expect(refused.status).toBe(401)
  expect(accepted).toMatchObject({
    status: 201,
    type: 'application/json',
    body: refused.body,
    headers: { 'x-request-id': 'r-2' },
  })
})

test('axios hands on why the token could not be refreshed', async ({ page, server }) => {
  await signInAtOldPage(page, server)
  await page.goto(server.page)
  await expect(page.locator('output')).toHaveText('Hello ada')
  await page.route('**/sign-in', (route) => route.fulfill({ status: 204 })) // stay here, to see the error
  server.tokens.expire()
  server.tokens.revokeAll()
  const module = await moduleOf<Http>(page, 'http')
  const failure = await module.evaluate(({ http }) =>
    http.get('/items/1').catch(({ code, message }) => ({ code, message })),
  )
  expect(failure).toEqual({
    code: 'refresh_failed',
    message: expect.stringContaining('Failed to refresh token'),
  })
})
