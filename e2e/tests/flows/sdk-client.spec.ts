import type { Page } from '@playwright/test'
import { expect } from '../../browsers/test.js'
import { start } from '../../servers/flows/sdk-client.js'
import { authorizations, behavesAsAnyFlow, flowTest, moduleOf, statuses, type App } from './shared.js'

type Server = Awaited<ReturnType<typeof start>>
type Client = typeof import('../../pages/flows/sdk-client/client.js')

const test = flowTest(start)

const refreshes = (server: Server) =>
  server.calls('/oauth/token').filter(({ body }) => body.grant_type === 'refresh_token')

/** Opens the application and signs Ada in at its form. */
async function signIn(page: Page, server: Server) {
  await page.goto(server.page)
  await page.getByLabel('User name').fill('ada')
  await page.getByLabel('Password').fill('lovelace')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.locator('output')).toHaveText('Hello ada')
}

test.describe('like any flow', () =>
  behavesAsAnyFlow({
    start,
    refreshes,
    refreshPath: '/oauth/token',
    async signIn(page, server) {
      await signIn(page, server)
      const sdk = await moduleOf<Client>(page, 'client')
      return sdk.evaluateHandle(({ createClient }, url): App => {
        const client = createClient({ url })
        return { fetch: client.request, signout: client.oAuthSignout }
      }, server.url)
    },
  }))

test('oAuthSignin sends user name and password to the token endpoint, once', async ({ page, server }) => {
  await signIn(page, server)
  expect(server.calls('/oauth/token').map(({ type, body }) => ({ type, body }))).toEqual([
    {
      type: 'application/x-www-form-urlencoded',
      body: { grant_type: 'password', client_id: 'sdk', username: 'ada', password: 'lovelace' },
    },
  ])
  expect(statuses(server.calls('/me')), 'without a token before, with it after').toEqual([401, 200])
})

test('oAuthSignin rejects a wrong password and keeps who was signed in', async ({ page, server }) => {
  await signIn(page, server)
  await page.getByLabel('Password').fill('byron')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.locator('output')).toHaveText(/^Sign-in failed: invalid_grant/)
  await page.getByRole('button', { name: 'Who am I?' }).click()
  await expect(page.locator('output')).toHaveText('Hello ada')
})

test('a 401 is followed by a refresh and a retry', async ({ page, server }) => {
  await signIn(page, server)
  server.tokens.expire()
  const before = server.log.length
  await page.getByRole('button', { name: 'Who am I?' }).click()
  await server.until(() =>
    server.log.slice(before).some(({ path, status }) => path === '/me' && status === 200),
  )
  const steps = server.log.slice(before).map(({ path, status }) => `${path} ${status}`)
  expect(steps).toEqual(['/me 401', '/oauth/token 200', '/me 200'])
  const [refused, accepted] = authorizations(server.calls('/me')).slice(-2)
  expect(accepted).not.toBe(refused)
})

test.describe('when the server refuses the refresh', () => {
  /** Runs three requests at once, with a callback that answers `token`, or with none. */
  async function requests(page: Page, server: Server, callback: 'none' | 'nothing' | 'token') {
    await signIn(page, server)
    server.tokens.expire()
    server.tokens.revokeAll()
    const fresh = server.tokens.grant('grace').access
    const sdk = await moduleOf<Client>(page, 'client')
    return sdk.evaluate(
      async ({ createClient }, { url, callback, fresh }) => {
        const told: string[] = []
        const client = createClient({ url })
        if (callback !== 'none')
          client.onFailedRefresh((error) => {
            told.push(error.message)
            if (callback === 'token') return fresh
          })
        const outcomes = await Promise.all(
          ['/items/1', '/items/2', '/items/3'].map((path) =>
            client.request(path, { headers: { 'X-Path': path } }).then(
              async (response) => ((await response.json()) as { user: string }).user,
              ({ name, code, message }) => `${name} ${code}: ${message}`,
            ),
          ),
        )
        return { told, outcomes, stored: JSON.stringify(localStorage) }
      },
      { url: server.url, callback, fresh },
    )
  }

  test('the error says "Failed to refresh token" where there is no callback', async ({ page, server }) => {
    const { outcomes, stored } = await requests(page, server, 'none')
    for (const outcome of outcomes)
      expect(outcome).toMatch(/^AuthError refresh_failed: Failed to refresh token/)
    expect(stored, 'and nobody is signed in any more').not.toMatch(/[\w-]{20,}/)
    expect(statuses(refreshes(server))).toEqual([400])
  })

  test('the callback is told once, and may answer nothing', async ({ page, server }) => {
    const { told, outcomes } = await requests(page, server, 'nothing')
    expect(told).toEqual([expect.stringContaining('Failed to refresh token')])
    for (const outcome of outcomes) expect(outcome).toContain('Failed to refresh token')
    expect(statuses(refreshes(server))).toEqual([400])
  })

  test('the callback may answer a new token, which the requests go on with', async ({ page, server }) => {
    const { told, outcomes } = await requests(page, server, 'token')
    expect(told).toHaveLength(1)
    expect(outcomes).toEqual(['grace', 'grace', 'grace'])
    expect(statuses(refreshes(server))).toEqual([400])
    for (const path of ['/items/1', '/items/2', '/items/3']) {
      const [refused, accepted] = server.calls(path)
      expect(accepted.headers['x-path'], 'its headers are kept').toBe(path)
      expect(accepted.headers.authorization).not.toBe(refused.headers.authorization)
    }
  })
})

test('a request switches its refresh on or off, whatever the client does by default', async ({
  page,
  server,
}) => {
  await signIn(page, server)
  server.tokens.expire()
  const sdk = await moduleOf<Client>(page, 'client')
  const request = (autoRefresh: boolean | undefined, refresh: boolean | undefined) =>
    sdk.evaluate(
      async ({ createClient }, { url, autoRefresh, refresh }) =>
        (await createClient({ url, autoRefresh }).request('/items/1', { refresh })).status,
      { url: server.url, autoRefresh, refresh },
    )
  expect(await request(undefined, false), 'off for this request').toBe(401)
  expect(await request(false, undefined), 'off for all').toBe(401)
  expect(refreshes(server)).toHaveLength(0)
  expect(await request(false, true), 'off for all, on for this request').toBe(200)
  expect(refreshes(server)).toHaveLength(1)
  server.tokens.expire()
  expect(await request(undefined, undefined), 'on by default').toBe(200)
  expect(refreshes(server)).toHaveLength(2)
})

test('a sign-out revokes the refresh token and signs the other tab out', async ({
  page,
  context,
  server,
}) => {
  await signIn(page, server)
  const other = await context.newPage()
  await other.goto(server.page)
  await expect(other.locator('output')).toHaveText('Hello ada')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.locator('output')).toHaveText('Not signed in (401)')
  await expect(async () => {
    await other.getByRole('button', { name: 'Who am I?' }).click()
    await expect(other.locator('output')).toHaveText('Not signed in (401)', { timeout: 500 })
  }, 'which hears of it by a message').toPass()
  expect(server.calls('/oauth/revoke').map(({ body }) => body)).toEqual([
    { client_id: 'sdk', token: expect.any(String) },
  ])
  expect(authorizations(server.calls('/me')).at(-1)).toBeUndefined()
})

test('two tabs that meet the expired token share one refresh', async ({ page, context, server }) => {
  await signIn(page, server)
  const other = await context.newPage()
  await other.goto(server.page)
  await expect(other.locator('output')).toHaveText('Hello ada')
  const clients = await Promise.all([page, other].map((tab) => moduleOf<Client>(tab, 'client')))
  server.tokens.expire()
  const statusesOf = await Promise.all(
    clients.map((sdk) =>
      sdk.evaluate(async ({ createClient }, url) => {
        const client = createClient({ url })
        const requests = Array.from({ length: 10 }, (_, i) => client.request(`/items/${i}`))
        return (await Promise.all(requests)).map(({ status }) => status)
      }, server.url),
    ),
  )
  expect(statusesOf.flat()).toEqual(Array.from({ length: 20 }, () => 200))
  expect(statuses(refreshes(server))).toEqual([200])
})
