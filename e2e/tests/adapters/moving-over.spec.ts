// js/docs/moving-over.md: the same application with the interceptor and with
// authfetch, on one server, for the same users.
import { expect, type Page } from '@playwright/test'
import { start } from '../../servers/flows/admin-template.js'
import { flowTest, moduleOf, statuses } from '../flows/shared.js'

type Server = Awaited<ReturnType<typeof start>>
type Version = 'before' | 'after'
type Session = typeof import('../../pages/adapters/moving-over/after.js')

const test = flowTest(() => start('adapters/moving-over'))

const refreshes = (server: Server) => server.calls('/auth/refresh-token')
const stored = (page: Page) =>
  page.evaluate(() => [localStorage.getItem('accessToken'), localStorage.getItem('refreshToken')])

async function open(page: Page, server: Server, version: Version): Promise<void> {
  await page.goto(`${server.page}/${version}`)
}

async function press(page: Page, button: string, answer: string): Promise<void> {
  await page.getByRole('button', { name: button }).click()
  await expect(page.locator('output')).toHaveText(answer)
}

for (const version of ['before', 'after'] as const)
  test.describe(version, () => {
    test('signs in, asks, and signs out', async ({ page, server }) => {
      await open(page, server, version)
      await press(page, 'Sign in', 'Signed in')
      await press(page, 'Who am I?', 'Hello ada')
      const [, refreshToken] = await stored(page)
      await press(page, 'Sign out', 'Signed out')
      expect(await stored(page)).toEqual([null, null])
      await expect
        .poll(() => server.calls('/auth/logout').map(({ body }) => body))
        .toEqual([{ refreshToken }])
    })

    test('five requests that meet an expired token share one refresh', async ({ page, server }) => {
      await open(page, server, version)
      await press(page, 'Sign in', 'Signed in')
      server.tokens.expire()
      // All have been refused when the refresh is answered: a later 401 is another test's.
      const release = server.hold('/auth/refresh-token')
      const refused: string[] = []
      page.on(
        'requestfinished',
        (request) => request.url().includes('/items/') && refused.push(request.url()),
      )
      const module = await moduleOf<Session>(page, version)
      const items = module.evaluate(({ http }) =>
        Promise.all(Array.from({ length: 5 }, async (_, i) => (await http.get(`/items/${i}`)).data.item)),
      )
      await expect.poll(() => refused.length).toBe(5)
      release()
      expect(await items).toEqual(Array.from({ length: 5 }, (_, i) => String(i)))
      expect(refreshes(server)).toHaveLength(1)
    })

    test('a refused refresh leads to the sign-in page', async ({ page, server }) => {
      await open(page, server, version)
      await press(page, 'Sign in', 'Signed in')
      server.tokens.expire()
      server.tokens.revokeAll()
      await page.getByRole('button', { name: 'Who am I?' }).click()
      await expect(page).toHaveURL(`${server.page}/sign-in`)
      expect(await stored(page)).toEqual([null, null])
    })
  })

// What the guide says that the interceptor does wrong, and authfetch does not.

const late = { before: 2, after: 1 }
for (const version of ['before', 'after'] as const)
  test(`a 401 that comes late: refreshes ${version}: ${late[version]}`, async ({ page, server }) => {
    await open(page, server, version)
    await press(page, 'Sign in', 'Signed in')
    server.tokens.expire()
    const release = server.hold('/items/late')
    const module = await moduleOf<Session>(page, version)
    const request = await module.evaluateHandle(({ http }) => ({ done: http.get('/items/late') }))
    await server.until(() => server.calls('/items/late').length === 1)
    await press(page, 'Who am I?', 'Hello ada')
    release()
    expect(await request.evaluate(async ({ done }) => (await done).status)).toBe(200)
    expect(refreshes(server)).toHaveLength(late[version])
  })

for (const version of ['before', 'after'] as const)
  test(`a server that is busy ${version === 'before' ? 'signs the user out' : 'signs nobody out'}: ${version}`, async ({
    page,
    server,
  }) => {
    await open(page, server, version)
    await press(page, 'Sign in', 'Signed in')
    server.tokens.expire()
    const before = await stored(page)
    await page.route('**/auth/refresh-token', (route) => route.fulfill({ status: 503 }))
    await page.route('**/sign-in', (route) => route.fulfill({ status: 204 }))
    await page.getByRole('button', { name: 'Who am I?' }).click()
    const code = version === 'before' ? 'ERR_BAD_RESPONSE' : 'refresh_failed'
    await expect(page.locator('output')).toHaveText(code, { timeout: 20_000 })
    expect(await stored(page)).toEqual(version === 'before' ? [null, null] : before)
  })

// The move itself.

test('users who signed in before stay so, with the tokens and under the keys that they had', async ({
  page,
  server,
}) => {
  await open(page, server, 'before')
  await press(page, 'Sign in', 'Signed in')
  const [access, refresh] = await stored(page)
  await open(page, server, 'after')
  await press(page, 'Who am I?', 'Hello ada')
  expect(server.calls('/me').map(({ headers }) => headers.authorization)).toEqual([`Bearer ${access}`])
  expect(refreshes(server)).toHaveLength(0)
  expect(await stored(page), 'nothing was changed').toEqual([access, refresh])

  server.tokens.expire()
  await press(page, 'Who am I?', 'Hello ada')
  expect(refreshes(server).map(({ body }) => body)).toEqual([{ refreshToken: refresh }])
  expect(server.calls('/auth/login')).toHaveLength(1)
})

test('and stay so when the change has to be taken back', async ({ page, server }) => {
  await open(page, server, 'before')
  await press(page, 'Sign in', 'Signed in')
  await open(page, server, 'after')
  server.tokens.expire()
  await press(page, 'Who am I?', 'Hello ada')
  await open(page, server, 'before')
  await press(page, 'Who am I?', 'Hello ada')
  server.tokens.expire()
  await press(page, 'Who am I?', 'Hello ada')
  expect(statuses(refreshes(server)), 'with the refresh token that authfetch left').toEqual([200, 200])
  expect(server.calls('/auth/login')).toHaveLength(1)
})
