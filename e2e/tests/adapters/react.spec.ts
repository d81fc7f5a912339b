// `authfetch/react` with the real React, in StrictMode, which mounts everything twice,
// and hydrated from what a server has rendered.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { createAuth, type Auth } from 'authfetch'
import { appTest, serverModule } from '../../servers/adapters.js'
import { dist } from '../../servers/build.js'
import type { Faults } from '../../servers/faults/server.js'
import { moduleOf } from '../flows/shared.js'

type App = typeof import('../../pages/adapters/react/main.js')
type Rendering = typeof import('../../pages/adapters/react/render.server.js')

const rendering = () => serverModule<Rendering>('react', 'render.server.tsx')

/** A client that nobody must ask for anything. */
const untouchable = new Proxy({} as Auth, {
  get(_, name) {
    throw new Error(`auth.${String(name)} was used`)
  },
})

const test = appTest('react', async () => (await rendering()).render(untouchable))
test.use({ authOptions: { refresh: '/refresh' } })

const main = (page: Page) => moduleOf<App>(page, 'main')
const redirects = async (page: Page) => (await main(page)).evaluate(({ redirects }) => redirects.length)
const asked = ({ log }: Faults) =>
  log.map(({ path }) => path).filter((path) => !/^\/(assets\/.*)?$/.test(path))

test('a server renders a session that is not known, and asks the client for nothing', async () => {
  const { render } = await rendering()
  expect(render(untouchable)).toContain('<p>Loading</p>')
  const auth = createAuth({ baseUrl: 'https://api.example.com', refresh: '/refresh' })
  expect(render(auth), 'with a real client too').toContain('<p>Loading</p>')
  auth.close()
})

test('a page hydrates, asks no server, and shows who signs in and out', async ({ page, server, lines }) => {
  await page.goto('/')
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
  expect(asked(server), 'to render is no reason for a request').toEqual([])
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('Welcome')).toBeVisible()
  await page.getByRole('button', { name: 'Ask' }).click()
  await expect(page.getByRole('status')).toHaveText('guarded')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
  await expect.poll(() => asked(server)).toEqual(['/signin', '/guarded/1', '/signout'])
  expect(await (await main(page)).evaluate(({ problems }) => problems), 'of hydration').toEqual([])
  expect(lines.filter((line) => /error|warning|hydrat/i.test(line))).toEqual([])
})

test('what one tab does, another shows', async ({ page, context, server, authSession }) => {
  await page.goto('/')
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
  const other = await context.newPage()
  await other.goto('/')
  await other.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('Welcome')).toBeVisible()
  await other.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
  await authSession.signIn(server.grant())
  await expect(page.getByText('Welcome'), 'or a test does').toBeVisible()
})

test('a session that is there is shown, and an expired token is refreshed once', async ({
  page,
  server,
  authSession,
}) => {
  await authSession.signIn(server.grant())
  await page.goto('/')
  await expect(page.getByText('Welcome')).toBeVisible()
  await authSession.expire()
  await page.getByRole('button', { name: 'Ask' }).click()
  await expect(page.getByRole('status')).toHaveText('guarded')
  expect(authSession.refreshes).toHaveLength(1)
  expect(server.asked('/refresh')).toHaveLength(1)
})

test('a refused refresh leads away once, from every tab', async ({ page, context, server, authSession }) => {
  await authSession.signIn(server.grant())
  await page.goto('/')
  const other = await context.newPage()
  await other.goto('/')
  await expect(other.getByText('Welcome')).toBeVisible()
  await authSession.revoke()
  await page.getByRole('button', { name: 'Ask' }).click()
  for (const tab of [page, other]) await expect(tab.getByRole('button', { name: 'Sign in' })).toBeVisible()
  expect(await redirects(page)).toBe(1)
  expect(authSession.refreshes).toHaveLength(1)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(other.getByText('Welcome')).toBeVisible()
  await page.getByRole('button', { name: 'Ask' }).click()
  await expect(page.getByRole('status'), 'the new session is another one').toHaveText('guarded')
  expect(await redirects(page)).toBe(1)
})

test('all components show the same session at any time', async ({ page, server, authSession }) => {
  await authSession.signIn(server.grant())
  await page.goto('/?leaves')
  await expect(page.getByText('Welcome')).toBeVisible()
  const seen = await (
    await main(page)
  ).evaluate(async ({ auth }) => {
    const shown = () => [...new Set([...document.querySelectorAll('li')].map((leaf) => leaf.textContent))]
    const commits: number[] = []
    const observer = new MutationObserver(() => commits.push(shown().length))
    observer.observe(document.body, { childList: true, subtree: true, characterData: true })
    const before = shown().join()
    const button = [...document.querySelectorAll('button')].find(
      ({ textContent }) => textContent === 'Render 0',
    )!
    button.click() // a transition that takes 180 ms or more, in which React lets go again and again
    await auth.refresh()
    while (button.textContent !== 'Render 1' || shown().join() === before)
      await new Promise((resolve) => setTimeout(resolve, 5))
    observer.disconnect()
    return { commits: [...new Set(commits)], shown: shown().length }
  })
  expect(seen).toEqual({ commits: [1], shown: 1 })
})

for (const [where, search] of [
  ['around', '/'],
  ['within', '/?within'],
] as const)
  test(`where the module cannot be had, an error boundary ${where} the provider hears of it, and it can be tried again`, async ({
    page,
    server,
  }) => {
    const found = server.hold('/assets/authfetch.wasm')
    await page.goto(search)
    await expect(page.getByText('Loading')).toBeVisible()
    server.route('/assets/authfetch.wasm', ({ reply }) => reply(404))
    found.open()
    const again = page.getByRole('button', { name: 'Try again after wasm_failed' })
    await again.click()
    await expect(again, 'it fails again').toBeVisible()
    await expect.poll(() => server.asked('/assets/authfetch.wasm').length).toBeGreaterThan(1)
    server.route('/assets/authfetch.wasm', ({ reply }) =>
      reply(200, readFileSync(join(dist, 'authfetch.wasm')), { 'content-type': 'application/wasm' }),
    )
    await again.click()
    await expect(page.getByText('Sign in')).toBeVisible()
  })
