import type { Page } from '@playwright/test'
import { expect } from '../../browsers/test.js'
import { start } from '../../servers/flows/token-store.js'
import { authorizations, behavesAsAnyFlow, flowTest, moduleOf, statuses, type App } from './shared.js'

type Server = Awaited<ReturnType<typeof start>>
type Module = typeof import('../../pages/flows/token-store/token-store.js')

const test = flowTest(start)

const signIns = (server: Server) => server.calls('/users/sign-in')
const refreshes = (server: Server) => server.calls('/tokens/refresh')

/** Resolves once that many requests for items were answered: three at once, in any order. */
const itemsAnswered = (server: Server, number: number) =>
  server.until(() => server.log.filter(({ path }) => path.startsWith('/items/')).length === number)

/** Opens the page, which signs in by itself as soon as it needs data. */
async function open(page: Page, server: Server) {
  await page.goto(server.page)
  await expect(page.locator('output')).toHaveText('1 of ada, 2 of ada, 3 of ada')
}

/** The page's own data source, as another part of the page would make it. */
async function sourceOf(page: Page, server: Server, password = 'lovelace') {
  const module = await moduleOf<Module>(page, 'token-store')
  const options = { url: server.url, email: 'ada@example.com', password }
  return module.evaluateHandle(({ createTokenStore }, options) => createTokenStore(options), options)
}

test.describe('like any flow', () =>
  behavesAsAnyFlow({
    start,
    refreshes,
    refreshPath: '/tokens/refresh',
    async signIn(page, server) {
      await open(page, server)
      return (await sourceOf(page, server)).evaluateHandle(({ fetch, forget }): App => ({
        fetch,
        signout: forget,
      }))
    },
  }))

test('it signs in by e-mail and password when the first token is needed, once for all', async ({
  page,
  server,
}) => {
  await open(page, server)
  expect(signIns(server).map(({ body, status }) => ({ body, status }))).toEqual([
    { body: { email: 'ada@example.com', password: 'lovelace' }, status: 200 },
  ])
  expect(refreshes(server)).toHaveLength(0)
  for (const path of ['/items/1', '/items/2', '/items/3'])
    expect(server.calls(path), 'no request is sent without a token').toMatchObject([{ status: 200 }])
})

test('the token travels in the scheme JWT', async ({ page, server }) => {
  await open(page, server)
  const token = await (await sourceOf(page, server)).evaluate((source) => source.getAccessToken())
  expect(token.split('.')).toHaveLength(3)
  expect(authorizations(server.calls('/items/1'))).toEqual([`JWT ${token}`])
})

test('a token that works is used again, after a reload too', async ({ page, server }) => {
  await open(page, server)
  await page.reload()
  await expect(page.locator('output')).toHaveText('1 of ada, 2 of ada, 3 of ada')
  const tokens = await (
    await sourceOf(page, server)
  ).evaluate(({ getAccessToken }) => Promise.all([getAccessToken(), getAccessToken()]))
  expect(new Set(tokens.map((token) => `JWT ${token}`))).toEqual(
    new Set(authorizations(server.calls('/items/1'))),
  )
  expect(signIns(server)).toHaveLength(1)
  expect(refreshes(server)).toHaveLength(0)
})

test('the JWT says when it expires: then it is refreshed before it is used', async ({ page, server }) => {
  await page.clock.install()
  await open(page, server) // for an hour
  const old = await (await sourceOf(page, server)).evaluate((source) => source.getAccessToken())
  await page.clock.fastForward('58:00')
  await page.getByRole('button', { name: 'Load' }).click()
  await itemsAnswered(server, 6)
  expect(refreshes(server), 'it still has its last two minutes').toHaveLength(0)

  await page.clock.fastForward('02:01')
  const before = server.log.length
  const source = await sourceOf(page, server)
  const tokens = await source.evaluate(({ getAccessToken }) =>
    Promise.all([getAccessToken(), getAccessToken()]),
  )
  expect(tokens[0]).not.toBe(old)
  expect(tokens[1]).toBe(tokens[0])
  await page.getByRole('button', { name: 'Load' }).click()
  await itemsAnswered(server, 9)
  const [refresh, ...items] = server.log.slice(before)
  expect(refresh).toMatchObject({
    path: '/tokens/refresh',
    body: { refreshToken: expect.any(String) },
    status: 200,
  })
  expect(statuses(items), 'nobody had to be refused first').toEqual([200, 200, 200])
  expect(new Set(authorizations(items))).toEqual(new Set([`JWT ${tokens[0]}`]))
  expect(signIns(server)).toHaveLength(1)
})

test('where the refresh is refused it signs in again, and nobody notices', async ({ page, server }) => {
  await open(page, server)
  server.tokens.expire()
  server.tokens.revokeAll()
  const before = server.log.length
  const source = await sourceOf(page, server)
  const answers = await source.evaluate(({ fetch }) =>
    Promise.all(['a', 'b', 'c', 'd'].map(async (id) => (await fetch(`/items/${id}`)).status)),
  )
  expect(answers).toEqual([200, 200, 200, 200])
  const steps = server.log.slice(before).map(({ path, status }) => `${path} ${status}`)
  expect(steps.filter((step) => !step.startsWith('/items/'))).toEqual([
    '/tokens/refresh 401',
    '/users/sign-in 200',
  ])
})

test('a wrong password is told to whoever needs a token, and stops nothing else', async ({
  page,
  server,
}) => {
  await open(page, server)
  const source = await sourceOf(page, server, 'byron')
  await source.evaluate(({ forget }) => forget())
  const codes = await source.evaluate(({ getAccessToken, fetch }) =>
    Promise.all(
      [getAccessToken(), fetch('/items/1')].map((promise) =>
        promise.then(String, ({ code, status }) => `${code} ${status}`),
      ),
    ),
  )
  expect(codes).toEqual(['signin_failed 401', 'signin_failed 401'])
  expect(server.calls('/items/1'), 'nothing is sent in vain').toHaveLength(1)
  await page.getByRole('button', { name: 'Load' }).click()
  await server.until(() => server.calls('/items/1').length === 2)
  expect(statuses(signIns(server)), 'the page, which knows the password, signs in anew').toEqual([
    200, 401, 200,
  ])
})
