import type { Page } from '@playwright/test'
import { expect } from '../../browsers/test.js'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { refreshCookie, start } from '../../servers/flows/commerce-sdk.js'
import { authorizations, behavesAsAnyFlow, flowTest, moduleOf, statuses, type App } from './shared.js'

type Server = Awaited<ReturnType<typeof start>>
type Shop = typeof import('../../pages/flows/commerce-sdk/shop.js')
type Expired = typeof import('../../pages/flows/commerce-sdk/expired.js')

const test = flowTest(start)
const plain = flowTest(() => start({ refusal: '401' }))
const refreshing = flowTest(() => start({ autoRefresh: true }))

const refreshes = (server: Server) => server.calls('/token/refresh')
const cookieOf = async (page: Page, name: string) =>
  (await page.context().cookies()).find((cookie) => cookie.name === name)?.value

/** Opens the storefront and signs Ada in. */
async function signIn(page: Page, server: Server) {
  await page.goto(server.page)
  await page.getByLabel('E-mail').fill('ada@example.com')
  await page.getByLabel('Password').fill('lovelace')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.locator('output')).toHaveText("ada's cart")
}

async function openCart(page: Page, server: Server) {
  const before = server.calls('/cart').length
  await page.getByRole('button', { name: 'Cart' }).click()
  await server.until(() => server.calls('/cart').length > before + 1)
}

test.describe('like any flow', () =>
  behavesAsAnyFlow({
    start: () => start({ refusal: '401' }),
    refreshes,
    refreshPath: '/token/refresh',
    async signIn(page, server) {
      await signIn(page, server)
      const module = await moduleOf<Shop>(page, 'shop')
      return module.evaluateHandle(async ({ createShop }, api): Promise<App> => {
        const { request, signout } = await createShop({ api })
        return { fetch: request, signout }
      }, server.url)
    },
  }))

test.describe('in the browser', () => {
  test("the shop's own isUnauthorized decides, and its own refresh method refreshes", async ({
    page,
    server,
  }) => {
    await signIn(page, server)
    server.tokens.expire()
    await openCart(page, server)
    expect(statuses(server.calls('/cart')).slice(-2), 'a 403 that says token_expired').toEqual([403, 200])
    expect(refreshes(server)).toHaveLength(1)
    expect(refreshes(server)[0].headers['x-shop'], 'with what only this method sends').toBe('berlin')
  })

  test('onTokenRefreshed gets the new token, for the application to store', async ({ page, server }) => {
    await signIn(page, server)
    const before = await cookieOf(page, 'shop_token')
    server.tokens.expire()
    await openCart(page, server)
    const [token] = authorizations(server.calls('/cart')).slice(-1)
    await expect.poll(() => cookieOf(page, 'shop_token').then((cookie) => `Bearer ${cookie}`)).toBe(token)
    expect(token).not.toBe(`Bearer ${before}`)
    await page.reload()
    await expect(page.getByRole('heading'), 'the server renders with what was stored').toHaveText(
      "ada's cart",
    )
    expect(refreshes(server)).toHaveLength(1)
  })

  test('onTokenRefreshed is called once for all requests, by the tab that refreshed', async ({
    page,
    server,
  }) => {
    await signIn(page, server)
    const cookie = await cookieOf(page, 'shop_token')
    server.tokens.expire()
    const [shop, expired] = [await moduleOf<Shop>(page, 'shop'), await moduleOf<Expired>(page, 'expired')]
    const told = await page.evaluate(
      async ({ shop: { createShop }, isUnauthorized, api }) => {
        const told: string[] = []
        const shop = await createShop({ api, isUnauthorized, onTokenRefreshed: (token) => told.push(token) })
        await Promise.all([1, 2, 3].map((n) => shop.request(`/items/${n}`)))
        return told
      },
      { shop, isUnauthorized: await expired.getProperty('tokenHasExpired'), api: server.url },
    )
    expect(told.map((token) => `Bearer ${token}`)).toEqual([authorizations(server.calls('/items/1')).at(-1)])
    // The page's own client has heard of the refresh, but it is not for its callback to tell.
    await page.getByRole('button', { name: 'Cart' }).click()
    await server.until(() => statuses(server.calls('/cart')).filter((status) => status === 200).length === 2)
    expect(authorizations(server.calls('/cart')).at(-1)).toBe(`Bearer ${told[0]}`)
    expect(await cookieOf(page, 'shop_token')).toBe(cookie)
  })

  test('a 403 for another reason is handed back', async ({ page, server }) => {
    await signIn(page, server)
    const [shop, expired] = [await moduleOf<Shop>(page, 'shop'), await moduleOf<Expired>(page, 'expired')]
    const outcome = await page.evaluate(
      async ({ shop: { createShop }, isUnauthorized, api }) => {
        const response = await (await createShop({ api, isUnauthorized })).request('/admin')
        return { status: response.status, body: await response.json() } // isUnauthorized has read a copy of it
      },
      { shop, isUnauthorized: await expired.getProperty('tokenHasExpired'), api: server.url },
    )
    expect(outcome).toEqual({ status: 403, body: { code: 'forbidden' } })
    expect(refreshes(server)).toHaveLength(0)
  })

  test('onTokenRefreshError is told when the refresh is refused', async ({ page, server }) => {
    await signIn(page, server)
    server.tokens.expire()
    server.tokens.revokeAll()
    await page.getByRole('button', { name: 'Cart' }).click()
    await expect(page.locator('output')).toHaveText(/^Please sign in again\. Failed to refresh token/)
    expect(statuses(refreshes(server))).toEqual([401])
  })

  plain('every option but the address has a default', async ({ page, server }) => {
    await signIn(page, server)
    server.tokens.expire()
    const module = await moduleOf<Shop>(page, 'shop')
    const get = () =>
      module.evaluate(async ({ createShop }, api) => {
        const shop = await createShop({ api })
        return shop.request('/cart').then(
          ({ status }) => status,
          ({ code }) => code,
        )
      }, server.url)
    expect(await get(), 'a 401 refreshes by the cookie, and nobody has to be told').toBe(200)
    expect(statuses(refreshes(server))).toEqual([200])
    expect(refreshCookie(refreshes(server)[0].headers.cookie)).not.toBe('')
    server.tokens.expire()
    server.tokens.revokeAll()
    expect(await get(), 'nor of a refusal').toBe('refresh_failed')
  })

  test('a sign-out ends what the cookie stands for', async ({ page, server }) => {
    await signIn(page, server)
    const refresh = await cookieOf(page, 'shop_refresh')
    const module = await moduleOf<Shop>(page, 'shop')
    const status = await module.evaluate(async ({ createShop }, api) => {
      const shop = await createShop({ api, isUnauthorized: ({ status }) => status === 403 })
      await shop.signout()
      return (await shop.request('/cart')).status
    }, server.url)
    expect(server.calls('/logout').map(({ headers }) => refreshCookie(headers.cookie))).toEqual([refresh])
    expect(await cookieOf(page, 'shop_refresh')).toBeUndefined()
    expect(status).toBe(403)
    expect(authorizations(server.calls('/cart')).at(-1)).toBeUndefined()
  })

  test('autoRefresh can be off there too', async ({ page, server }) => {
    await signIn(page, server)
    server.tokens.expire()
    const module = await moduleOf<Shop>(page, 'shop')
    const status = await module.evaluate(async ({ createShop }, api) => {
      const isUnauthorized = ({ status }: Response) => status === 403
      return (await (await createShop({ api, isUnauthorized, autoRefresh: false })).request('/cart')).status
    }, server.url)
    expect(status).toBe(403)
    expect(refreshes(server)).toHaveLength(0)
  })
})

test.describe('on the server that renders the page', () => {
  test('a token that works is used, and an expired one is not refreshed', async ({ page, server }) => {
    await signIn(page, server)
    await page.reload()
    await expect(page.getByRole('heading')).toHaveText("ada's cart")
    server.tokens.expire()
    await page.reload()
    await expect(page.getByRole('heading')).toHaveText('A cart for guests (403)')
    expect(refreshes(server), 'off by default').toHaveLength(0)
    await page.getByRole('button', { name: 'Cart' }).click()
    await expect(page.locator('output'), 'while the browser can').toHaveText("ada's cart")
    expect(refreshes(server)).toHaveLength(1)
  })

  refreshing(
    'it refreshes once where that is switched on, and the callback stores the token',
    async ({ page, server }) => {
      await signIn(page, server)
      const [token, refresh] = [await cookieOf(page, 'shop_token'), await cookieOf(page, 'shop_refresh')]
      server.tokens.expire()
      const before = server.log.length
      await page.reload()
      await expect(page.getByRole('heading')).toHaveText("ada's cart")
      const steps = server.log.slice(before).map(({ path, status, origin }) => `${path} ${status} ${origin}`)
      expect(steps, 'nothing of this comes from the browser').toEqual([
        '/cart 403 undefined',
        '/token/refresh 200 undefined',
        '/cart 200 undefined',
      ])
      const stored = await cookieOf(page, 'shop_token')
      expect(`Bearer ${stored}`).toBe(authorizations(server.calls('/cart')).at(-1))
      expect(stored).not.toBe(token)
      expect(await cookieOf(page, 'shop_refresh')).not.toBe(refresh)

      await page.reload()
      await expect(page.getByRole('heading')).toHaveText("ada's cart")
      expect(refreshes(server), 'the stored token serves the next page').toHaveLength(1)
      await page.getByRole('button', { name: 'Cart' }).click()
      await expect(page.locator('output')).toHaveText("ada's cart")
      const presented = refreshes(server).map(({ headers }) => refreshCookie(headers.cookie))
      expect(new Set(presented).size, 'no refresh token is presented twice').toBe(presented.length)
      expect(statuses(refreshes(server))).toEqual(presented.map(() => 200))
    },
  )

  test('onTokenRefreshError is told there, and the page is rendered all the same', async ({ server }) => {
    const { html, setCookies, problems } = await server.render(
      'shop_token=dead; shop_refresh=dead',
      server.url,
      true,
    )
    expect(problems).toEqual([expect.stringContaining('Failed to refresh token')])
    expect(html).toContain('A cart for guests (Failed to refresh token')
    expect(setCookies).toEqual([])
    expect(statuses(refreshes(server))).toEqual([401])
  })

  test('users who are rendered at the same time do not meet', async ({ server }) => {
    const names = ['ada', 'grace', 'ada', 'grace', 'ada', 'grace']
    const cookies = names.map((name) => {
      const { access, refresh } = server.tokens.grant(name)
      return `shop_token=${access}; shop_refresh=${refresh}`
    })
    server.tokens.expire()
    const pages = await Promise.all(cookies.map((cookies) => server.render(cookies, server.url, true)))
    expect(pages.map(({ html }) => /<h1>(\w+)'s cart/.exec(html)?.[1])).toEqual(names)
    expect(statuses(refreshes(server))).toEqual(names.map(() => 200))
  })

  test('importing the SDK does nothing, and using it does not keep the process alive', async ({ server }) => {
    const { access } = server.tokens.grant('ada')
    const program = `
      const calls = []
      for (const [owner, name] of [[globalThis, 'fetch'], [WebAssembly, 'compile'], [globalThis, 'setTimeout']]) {
        const original = owner[name]
        owner[name] = (...args) => (calls.push(name), original.apply(owner, args))
      }
      const { createShop } = await import(process.argv[1])
      const [api, token] = process.argv.slice(2)
      await createShop({ api })
      const unused = [...calls]
      const shop = await createShop({ api, token, autoRefresh: true })
      const { status } = await shop.request('/cart')
      shop.close()
      console.log(JSON.stringify({ unused, status }))`
    const sdk = pathToFileURL(join(server.folder, 'shop.mjs')).href
    const args = ['--input-type=module', '-e', program, sdk, server.url, access]
    // It rejects when the time is over, and with it the process.
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 10_000 })
    expect(JSON.parse(stdout)).toEqual({ unused: [], status: 200 })
    expect(authorizations(server.calls('/cart'))).toEqual([`Bearer ${access}`])
  })
})
