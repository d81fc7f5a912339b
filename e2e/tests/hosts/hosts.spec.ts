// authfetch as an application gets it, packed and installed, in each kind of project
// of e2e/hosts: built by the project's own tool, and run in Chromium.
import { expect, test as base, type Page } from '@playwright/test'
import { run, serveFolder, startApi, startTool } from '../../servers/hosts.js'

type Api = Awaited<ReturnType<typeof startApi>>

const test = base.extend<{ api: Api; complaints: string[] }>({
  api: async ({}, use) => {
    const api = await startApi()
    await use(api)
    await api.close()
  },
  /** What the page's console complains of, the 401s aside that the tests provoke. */
  complaints: async ({ page }, use) => {
    const complaints: string[] = []
    page.on('console', (message) => {
      if (!['error', 'warning'].includes(message.type())) return
      if (!/status of 401/.test(message.text())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    await use(complaints)
  },
})

// A production build on a busy machine takes its time.
test.describe.configure({ timeout: 240_000 })

/** Signs in, has the token expire, and sends requests that must all come through, whole, after one refresh. */
async function works(page: Page, api: Api, complaints: string[]): Promise<void> {
  await page.waitForFunction(() => 'auth' in globalThis)
  await page.evaluate(() => auth.signin({ username: 'ada', password: 'lovelace' }))
  api.tokens.expire()
  const notes = await page.evaluate(() =>
    Promise.all(
      [1, 2, 3, 4, 5].map(async (note) => {
        const answer = await auth.fetch('/notes', { method: 'POST', body: `note ${note}` })
        return (JSON.parse(await answer.text()) as { note: string }).note
      }),
    ),
  )
  expect(notes).toEqual([1, 2, 3, 4, 5].map((note) => `note ${note}`))
  expect(api.calls('/refresh')).toHaveLength(1)
  const statuses = api.calls('/notes').map(({ status }) => status)
  expect(statuses.sort(), 'each is sent, refused, and sent again').toEqual([
    ...Array.from({ length: 5 }, () => 201),
    ...Array.from({ length: 5 }, () => 401),
  ])
  expect(complaints).toEqual([])
}

const open = (page: Page, site: { url: string }, api: Api) =>
  page.goto(`${site.url}/?api=${encodeURIComponent(api.url)}`)

/** What is built into plain files, and the folder that a server serves of it. */
const built: Record<string, string> = {
  vite: 'dist',
  'vite-7': 'dist',
  webpack: '.',
  rollup: '.',
  esbuild: '.',
  plain: 'dist',
  global: 'dist',
  worker: 'dist',
}

for (const [host, folder] of Object.entries(built))
  test(`${host}: built, and served under a strict Content-Security-Policy`, async ({
    page,
    api,
    complaints,
    request,
  }) => {
    await run(host, 'build')
    const site = await serveFolder(host, folder, api.url)
    await open(page, site, api)
    await works(page, api, complaints)
    const modules = site.log.filter((path) => path.endsWith('.wasm'))
    expect(modules, 'the module is downloaded once').toHaveLength(1)
    for (const path of site.log.filter((path) => path.endsWith('.js'))) {
      const script = await (await request.get(site.url + path)).text()
      expect(script.includes('popup_blocked'), `${path} has the OAuth client, which nobody uses`).toBe(false)
    }
    await site.close()
  })

for (const host of ['vite', 'vite-7', 'worker'])
  test(`${host}: served while it is developed`, async ({ page, api, complaints }) => {
    const site = await startTool(host, viteOf(host), '--force')
    await open(page, site, api)
    await works(page, api, complaints)
    await site.close()
  })

const viteOf = (host: string) => (host === 'vite-7' ? '' : '../') + 'node_modules/vite/bin/vite.js'

test('next: rendered on the server, and then hydrated', async ({ page, api, complaints, request }) => {
  await run('next', 'build')
  const site = await startTool('next', '../node_modules/next/dist/bin/next', 'start')
  const html = await (await request.get(`${site.url}/?api=${encodeURIComponent(api.url)}`)).text()
  expect(html, 'the server has signed in and fetched').toContain('<p>rendered for grace</p>')
  api.log.length = 0
  await open(page, site, api)
  await expect(page.locator('p')).toHaveText('rendered for gracehydrated')
  expect(api.calls('/signin'), 'once on the server').toHaveLength(1)
  api.log.length = 0
  await works(page, api, complaints)
  await site.close()
})

test('node: a server of its own keeps the session in memory, and refreshes only when told to', async ({
  api,
}) => {
  expect(JSON.parse(await run('node', 'start', api.url))).toEqual({
    byDefault: [401, 401, 401],
    switchedOn: [200, 200, 200],
  })
  expect(api.calls('/refresh')).toHaveLength(1)
})

declare const auth: {
  signin(credentials: object): Promise<unknown>
  fetch: typeof fetch
}
