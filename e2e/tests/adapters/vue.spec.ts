// `authfetch/vue` with the real Vue and vue-router, hydrated from what a server has
// rendered.
import { expect, type Page } from '@playwright/test'
import type { Auth } from 'authfetch'
import { appTest, serverModule } from '../../servers/adapters.js'
import type { Faults } from '../../servers/faults/server.js'
import { moduleOf } from '../flows/shared.js'

type App = typeof import('../../pages/adapters/vue/main.js')
type Rendering = typeof import('../../pages/adapters/vue/render.server.js')

/** A client that nobody must ask for anything. */
const untouchable = new Proxy({} as Auth, {
  get(_, name) {
    if (typeof name === 'symbol' || name.startsWith('__v_')) return undefined // Vue looks what it is
    throw new Error(`auth.${name} was used`)
  },
})
const render = async (path: string) =>
  (await serverModule<Rendering>('vue', 'render.server.ts')).render(untouchable, path)

const test = appTest('vue', () => render('/'))
test.use({ authOptions: { refresh: '/refresh' } })

const main = (page: Page) => moduleOf<App>(page, 'main')
const told = async (page: Page) =>
  (await main(page)).evaluate(({ redirects, problems }) => ({ redirects, problems }))
const asked = ({ log }: Faults) =>
  log.map(({ path }) => path).filter((path) => !/^\/(assets\/.*)?$/.test(path))
const button = (page: Page, name: string) => page.getByRole('button', { name })

test('a server renders a session that is not known, and asks the client for nothing', async () => {
  expect(await render('/')).toContain('<p>Loading</p>')
  expect(await render('/account'), 'it cannot know who may see it').toContain('Sign out')
})

test('a page hydrates, asks no server, and shows who signs in and out', async ({ page, server, lines }) => {
  await page.goto('/')
  await expect(page.getByText('Hello stranger')).toBeVisible()
  expect(asked(server), 'to render is no reason for a request').toEqual([])
  await page.goto('/#/sign-in')
  await button(page, 'Sign in').click()
  await expect(page.getByText('Welcome')).toBeVisible()
  await page.goto('/#/account')
  await button(page, 'Ask').click()
  await expect(page.getByRole('status')).toHaveText('guarded')
  await button(page, 'Sign out').click()
  await expect(page.getByText('Hello stranger')).toBeVisible()
  await expect.poll(() => asked(server)).toEqual(['/signin', '/guarded/1', '/signout'])
  expect(lines.filter((line) => /warn|mismatch/i.test(line))).toEqual([])
})

test('the guard leads to the sign-in page whoever is not signed in, and nobody else', async ({
  page,
  server,
  authSession,
}) => {
  await page.goto('/#/account')
  await expect(page).toHaveURL(`${server.origin}/#/sign-in?redirect=/account`)
  await authSession.signIn(server.grant())
  await expect(page.getByText('Welcome'), 'what a test does, the page shows').toBeVisible()
  await page.goto('/#/account')
  await expect(button(page, 'Ask')).toBeVisible()
  await page.reload()
  await expect(button(page, 'Ask'), 'also right after the page has been loaded').toBeVisible()
  expect(server.asked('/refresh')).toHaveLength(0)
})

test('what one tab does, another shows', async ({ page, context }) => {
  await page.goto('/')
  await expect(page.getByText('Hello stranger')).toBeVisible()
  const other = await context.newPage()
  await other.goto('/#/sign-in')
  await button(other, 'Sign in').click()
  await expect(page.getByText('Welcome')).toBeVisible()
  await other.goto('/#/account')
  await button(other, 'Sign out').click()
  await expect(page.getByText('Hello stranger')).toBeVisible()
})

test('an expired token is refreshed once; a refused refresh leads away once', async ({
  page,
  server,
  authSession,
}) => {
  await authSession.signIn(server.grant())
  await page.goto('/#/account')
  await authSession.expire()
  await button(page, 'Ask').click()
  await expect(page.getByRole('status')).toHaveText('guarded')
  expect(authSession.refreshes).toHaveLength(1)

  await authSession.revoke()
  await (
    await main(page)
  ).evaluate(({ auth }) => Promise.allSettled([1, 2, 3].map((i) => auth.fetch(`/guarded/${i}`))))
  await expect(button(page, 'Sign in')).toBeVisible()
  await expect(page.getByText('Hello stranger')).toBeVisible()
  expect(authSession.refreshes).toHaveLength(2)
  expect(await told(page)).toEqual({ redirects: ['/account'], problems: [] })
})

test('where the module cannot be had, the errorHandler hears of it, and nobody is taken for signed out', async ({
  page,
  server,
}) => {
  server.route('/assets/authfetch.wasm', ({ reply }) => reply(404))
  await page.goto('/')
  await expect.poll(() => told(page)).toEqual({ redirects: [], problems: ['wasm_failed'] })
  await expect(page.getByText('Loading')).toBeVisible()
})

test('an application that is unmounted listens no more', async ({ page }) => {
  await page.goto('/')
  await expect(page.getByText('Hello stranger')).toBeVisible()
  const sessions = await (
    await main(page)
  ).evaluate(async ({ app, auth, session }) => {
    const before = session.value
    app.unmount()
    await auth.signin()
    await new Promise((resolve) => setTimeout(resolve)) // events are told in tasks of their own
    return [before, session.value]
  })
  expect(sessions).toEqual([null, null])
})
