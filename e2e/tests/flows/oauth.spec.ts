import type { Page } from '@playwright/test'
import { expect } from '../../browsers/test.js'
import { refusals, start } from '../../servers/flows/oauth.js'
import { authorizations, behavesAsAnyFlow, flowTest, moduleOf, statuses, type App } from './shared.js'

type Server = Awaited<ReturnType<typeof start>>
type OAuth = typeof import('../../pages/flows/oauth/oauth.js')

const test = flowTest(start)
const json = flowTest(() => start({ body: 'json' }))
const unrotated = flowTest(() => start({ rotate: false }))

const grants = (server: Server, type: string) =>
  server.calls('/token').filter(({ body }) => body.grant_type === type)
const refreshes = (server: Server) => grants(server, 'refresh_token')

/** Opens the application, and signs in at the server and back. */
async function signIn(page: Page, server: Server) {
  await page.goto(server.page)
  await expect(page.locator('output')).toHaveText('Not signed in (401)')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.locator('output')).toHaveText('Hello ada')
}

/** The application's own client, as another part of the application would make it. */
async function clientOf(page: Page, server: Server) {
  const module = await moduleOf<OAuth>(page, 'oauth')
  const options = { server: server.url, clientId: 'spa', body: server.body }
  return module.evaluateHandle(({ createOAuth }, options) => createOAuth(options), options)
}

test.describe('like any flow', () =>
  behavesAsAnyFlow({
    start,
    refreshes,
    refreshPath: '/token',
    async signIn(page, server) {
      await signIn(page, server)
      return (await clientOf(page, server)).evaluateHandle(({ fetch, signout }): App => ({ fetch, signout }))
    },
  }))

test.describe('five minutes before a token expires', () => {
  const minutes = (n: number) => n * 60_000

  test('it is refreshed ahead of time, and no sooner', async ({ page, server }) => {
    await page.clock.install()
    await signIn(page, server) // for an hour
    await page.clock.fastForward(minutes(54))
    await page.getByRole('button', { name: 'Who am I?' }).click()
    await server.until(() => server.calls('/me').length === 3)
    expect(refreshes(server), 'six minutes before').toHaveLength(0)

    const release = server.hold('/token')
    await page.clock.fastForward(minutes(2))
    await server.until(() => refreshes(server).length === 1)
    await page.getByRole('button', { name: 'Who am I?' }).click()
    await server.until(() => server.calls('/me').length === 4)
    expect(statuses(server.calls('/me')).slice(1), 'the old token works on meanwhile').toEqual([
      200, 200, 200,
    ])
    const [, old, ...still] = authorizations(server.calls('/me'))
    expect(still).toEqual([old, old])

    const refresh = await (
      await clientOf(page, server)
    ).evaluateHandle(async (auth) => {
      await auth.ready
      return { done: new Promise<void>((resolve) => auth.on('refresh', () => resolve())) }
    })
    release()
    await refresh.evaluate(({ done }) => done)
    await page.getByRole('button', { name: 'Who am I?' }).click()
    await server.until(() => server.calls('/me').length === 5)
    expect(authorizations(server.calls('/me'))[4]).not.toBe(old)
    expect(statuses(server.calls('/me'))[4]).toBe(200)
    expect(refreshes(server)).toHaveLength(1)
  })

  test('a request after the expiry waits for the refresh, and the dead token is not sent', async ({
    page,
    server,
  }) => {
    await page.clock.install()
    await signIn(page, server)
    await page.clock.fastForward(minutes(61)) // the lid was closed
    await page.getByRole('button', { name: 'Who am I?' }).click()
    await server.until(() => server.calls('/me').length === 3)
    expect(server.log.slice(-2).map(({ path, status }) => `${path} ${status}`)).toEqual([
      '/token 200',
      '/me 200',
    ])
    const [, old, fresh] = authorizations(server.calls('/me'))
    expect(fresh).not.toBe(old)
  })
})

test('only a 401 with the challenge invalid_token refreshes', async ({ page, server }) => {
  await signIn(page, server)
  const auth = await clientOf(page, server)
  const get = (path: string) => auth.evaluate(async (auth, path) => (await auth.fetch(path)).status, path)
  for (const [name, { status }] of Object.entries(refusals)) {
    expect(await get(`/refused/${name}`), `${name} is handed back`).toBe(status)
    expect(server.calls(`/refused/${name}`), `${name} is sent once`).toHaveLength(1)
  }
  expect(refreshes(server)).toHaveLength(0)

  server.tokens.expire()
  expect(await get('/items/1')).toBe(200)
  expect(refreshes(server)).toHaveLength(1)
})

/** Signs in, refreshes twice, and answers what was sent. */
async function refreshTwice(page: Page, server: Server) {
  await signIn(page, server)
  const auth = await clientOf(page, server)
  for (const path of ['/items/1', '/items/2']) {
    server.tokens.expire()
    expect(await auth.evaluate(async (auth, path) => (await auth.fetch(path)).status, path)).toBe(200)
  }
  return refreshes(server).map(({ type, body }) => ({ type, ...body }))
}

test('a form carries grant_type and client_id, and a new refresh token replaces the old one', async ({
  page,
  server,
}) => {
  const [first, second, ...more] = await refreshTwice(page, server)
  const form = { type: 'application/x-www-form-urlencoded', grant_type: 'refresh_token', client_id: 'spa' }
  expect(first).toEqual({ ...form, refresh_token: expect.any(String) })
  expect(second).toEqual({ ...form, refresh_token: expect.any(String) })
  expect(second.refresh_token).not.toBe(first.refresh_token)
  expect(more).toEqual([])
})

json('so does JSON, where the server wants it', async ({ page, server }) => {
  const [first, second] = await refreshTwice(page, server)
  const body = { type: 'application/json', grant_type: 'refresh_token', client_id: 'spa' }
  expect(first).toEqual({ ...body, refresh_token: expect.any(String) })
  expect(second.refresh_token).not.toBe(first.refresh_token)
  expect(grants(server, 'authorization_code')[0].type).toBe('application/json')
})

unrotated('the old refresh token is kept where no new one comes', async ({ page, server }) => {
  const [first, second] = await refreshTwice(page, server)
  expect(first.refresh_token).toEqual(expect.any(String))
  expect(second.refresh_token).toBe(first.refresh_token)
})

test("the error carries the server's error_description", async ({ page, server }) => {
  await signIn(page, server)
  server.tokens.expire()
  server.tokens.revokeAll()
  const auth = await clientOf(page, server)
  const error = await auth.evaluate((auth) =>
    auth.fetch('/items/1').then(
      () => undefined,
      ({ code, status, error, description, message }) => ({ code, status, error, description, message }),
    ),
  )
  expect(error).toEqual({
    code: 'refresh_failed',
    status: 400,
    error: 'invalid_grant',
    description: 'The refresh token has been revoked',
    message: 'Failed to refresh token: invalid_grant (The refresh token has been revoked)',
  })
})
