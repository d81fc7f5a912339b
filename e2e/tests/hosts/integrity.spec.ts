// A page without a bundler, which names the hashes of what it loads, under policies of its server.
import { readFile } from 'node:fs/promises'
import { expect, test as base } from '@playwright/test'
import { folderOf, run, serveFolder } from '../../servers/hosts.js'

type Site = Awaited<ReturnType<typeof serveFolder>>

const api = 'https://api.test'
// Not where another test builds it, perhaps at the same time.
const dist = '../../test-results/hosts/integrity'
const test = base.extend<{ site: Site; policy: string }>({
  policy: ["'self' 'wasm-unsafe-eval'", { option: true }],
  site: async ({ policy }, use) => {
    const site = await serveFolder('plain', dist, api, { scripts: policy })
    await use(site)
    await site.close()
  },
})

test.describe.configure({ mode: 'default' })
test.beforeAll(() => run('plain', 'build', dist))

/** Changes a byte of a file, at a place where that makes no difference to what it does. */
function tamper(site: Site, path: string, comment: string): void {
  site.files.set(path, Buffer.concat([site.files.get(path)!, Buffer.from(comment)]))
}

test('a script that is not what its hash says does not run', async ({ page, site }) => {
  const errors: string[] = []
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  tamper(site, '/authfetch.js', '\n// more')
  await page.goto(`${site.url}/?api=${api}`)
  await expect.poll(() => errors.join('\n')).toMatch(/integrity/)
  expect(await page.evaluate(() => 'auth' in globalThis)).toBe(false)
})

test('a module can be held to its hash', async ({ page, site }) => {
  const hashes = JSON.parse(
    await readFile(`${folderOf('plain')}/../node_modules/authfetch/dist/integrity.json`, 'utf8'),
  ) as Record<string, string>
  site.files.set('/main.js', Buffer.from('')) // a page compiles the module once: nobody else must
  const outcome = async (integrity?: string) => {
    await page.goto(`${site.url}/?api=${api}`)
    return page.evaluate(async (integrity) => {
      const { createAuth } = (await import('/authfetch.js' as string)) as typeof import('authfetch')
      const auth = createAuth({ wasm: fetch('/authfetch.wasm', integrity ? { integrity } : {}) })
      return auth.ready.then(
        () => 'ready',
        (error: { code: string }) => error.code,
      )
    }, integrity)
  }
  expect(await outcome(hashes['authfetch.wasm'])).toBe('ready')

  // An empty section of its own kind (0), which every engine skips.
  tamper(site, '/authfetch.wasm', '\0\x02\x01x')
  expect(await outcome(), 'as such it still runs').toBe('ready')
  expect(await outcome(hashes['authfetch.wasm'])).toBe('wasm_failed')
})

test.describe(() => {
  test.use({ policy: "'self'" })
  test("a page whose policy lacks 'wasm-unsafe-eval' is told so", async ({ page, site }) => {
    await page.goto(`${site.url}/?api=${api}`)
    await page.waitForFunction(() => 'auth' in globalThis)
    const message = await page.evaluate(() => auth.ready.catch(({ message }: Error) => message))
    expect(message).toMatch(/Content-Security-Policy must allow 'wasm-unsafe-eval' in script-src/)
  })
})

declare const auth: import('authfetch').Auth
