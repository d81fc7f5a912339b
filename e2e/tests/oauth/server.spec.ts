// How a server is found, how its other grant and its sign-outs are used, and a clock
// of its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { api, expect, leave, outcomeOf, session, signIn, test } from './kit.js'

const OPENID = '/.well-known/openid-configuration'

test('metadata is read when it is needed, once for a tab', async ({ server, open }) => {
  const page = await open()
  await page.evaluate(() => window.auth.ready)
  expect(await api(page)).toBe(401)
  expect(server.log, 'nothing has needed it').toEqual([])
  await signIn(page)
  server.store.expire('AccessToken')
  expect(await api(page)).toBe(200)
  await page.evaluate(() => window.auth.signout())
  expect(server.log.filter(({ path }) => path.startsWith('/.well-known'))).toHaveLength(1)
})

test('metadata may be where RFC 8414 puts it', async ({ server, open }) => {
  const metadata = await (await fetch(server.issuer + OPENID)).json()
  server.knobs.discovery = (path) => (path === OPENID ? { status: 404 } : { body: metadata })
  const page = await open()
  await signIn(page)
  expect(await api(page)).toBe(200)
})

for (const [what, knob, message] of [
  ['of another issuer', { body: { issuer: 'https://evil.example' } }, /another issuer/],
  ['that is missing', { status: 404 }, /answered 404/],
  ['that is a page', { body: '<!doctype html>', type: 'html' }, /not JSON/],
  ['that does not come', { delay: 3000 }, /no answer within 500 ms/],
] as const)
  test(`metadata ${what} fails in passing, with its reason`, async ({ server, open }) => {
    const page = await open({}, 'delay' in knob ? { timeout: 500 } : {}) // a busy machine is slow to answer
    server.knobs.discovery = () => knob
    const failed = await page.evaluate(() => window.told(window.auth.signinRedirect()))
    expect(failed).toMatchObject({ code: 'signin_failed', transient: true })
    expect(failed.message).toMatch(message)
    expect(page.url()).toBe(`${server.app}/`)
    server.knobs.discovery = undefined
    await leave(page) // a later try succeeds
  })

test('a refresh that cannot find its server keeps the session', async ({ server, open }) => {
  const page = await open()
  await signIn(page)
  await page.evaluate(() => sessionStorage.clear())
  await page.reload()
  server.store.expire('AccessToken')
  server.knobs.discovery = () => ({ status: 503 })
  expect(await page.evaluate(() => window.told(window.auth.fetch('/api/me')))).toMatchObject({
    code: 'refresh_failed',
    transient: true,
  })
  expect(await page.evaluate(() => window.failures)).toEqual([])
  server.knobs.discovery = undefined
  await expect.poll(() => api(page).catch(() => 0), { timeout: 15_000 }).toBe(200) // after the pause
  expect(server.calls('refresh_token')).toHaveLength(1)
})

test('URLs that are given are not looked up', async ({ server, open }) => {
  const { issuer } = server
  const page = await open({
    issuer: undefined,
    tokenUrl: `${issuer}/token`,
    authorizationUrl: `${issuer}/auth`,
    revocationUrl: `${issuer}/token/revocation`,
  })
  await signIn(page)
  expect(await api(page)).toBe(200)
  await page.evaluate(() => window.auth.signout())
  await expect.poll(() => server.store.rows('RefreshToken').size).toBe(0)
  expect(server.log.filter(({ path }) => path.startsWith('/.well-known'))).toEqual([])
})

test('a name and a password sign in, where the server allows it', async ({ server, open }) => {
  const page = await open()
  const signin = (password: string) =>
    page.evaluate((password) => window.told(window.auth.signin({ username: 'ann', password })), password)
  expect(await signin('mistaken')).toMatchObject({
    code: 'signin_failed',
    error: 'invalid_grant',
    description: 'the password is wrong',
    transient: false,
  })
  expect(await signin('secret')).toMatchObject({ value: { claims: { sub: 'ann', aud: 'app' } } })
  expect(server.calls('password')[1]!.params).toMatchObject({
    scope: 'openid offline_access',
    client_id: 'app',
  })
  server.store.expire('AccessToken')
  expect(await api(page)).toBe(200)
})

test('a sign-out revokes both tokens', async ({ server, open }) => {
  const page = await open()
  await signIn(page)
  await page.evaluate(() => window.auth.signout())
  const revoked = server.log.filter(({ path }) => path === '/token/revocation')
  expect(revoked.map(({ params, status }) => [params.token_type_hint, status]).sort()).toEqual([
    ['access_token', 200],
    ['refresh_token', 200],
  ])
  for (const model of ['RefreshToken', 'AccessToken']) expect(server.store.rows(model).size, model).toBe(0)
  expect(await session(page)).toBeNull()
})

test('a sign-out can end the session at the server too', async ({ server, open }) => {
  const page = await open()
  await signIn(page)
  const back = `${server.app}/?bye`
  await page.evaluate((back) => void window.auth.signout({ redirect: back, state: 'cart' }), back)
  await page.waitForURL(`${server.issuer}/session/end?**`)
  await page.getByRole('button', { name: /yes/i }).click()
  await page.waitForURL(`${server.app}/?bye=&state=cart`)
  expect(await session(page)).toBeNull()
  expect(server.store.rows('RefreshToken').size).toBe(0)
  await leave(page)
  await expect(page.getByLabel('Name'), 'the server does not know the user any more').toBeVisible()
})

test('a token endpoint gets no token, although it is of a guarded origin', async ({ server, open }) => {
  const page = await open({}, { origins: [server.issuer, server.app] })
  await signIn(page)
  const status = await page.evaluate(
    async (url) => (await window.auth.fetch(url, { method: 'POST', body: new URLSearchParams() })).status,
    `${server.issuer}/token?again`,
  )
  expect(status).toBe(400)
  expect(server.log.at(-1)).toMatchObject({ path: '/token', authorization: '' })
  expect(await api(page)).toBe(200)
})

for (const minutes of [10, -10])
  test(`a server whose clock is ${Math.abs(minutes)} minutes ${minutes > 0 ? 'ahead' : 'behind'} is a server like any`, async ({
    context,
  }) => {
    const program = fileURLToPath(new URL('../../servers/oauth/server.js', import.meta.url))
    const child = spawn(process.execPath, [program, String(minutes * 60)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
      const { issuer, app } = JSON.parse(line) as { issuer: string; app: string }
      const page = await context.newPage()
      await page.addInitScript((issuer) => {
        window.options = { oauth: { issuer, clientId: 'app', scope: 'openid offline_access' } }
      }, issuer)
      await page.goto(app)
      const { session: first } = await signIn(page)
      const left = first.expiresAt! - Date.now()
      expect(left, 'the lifetime runs from the receipt').toBeGreaterThan(60_000)
      expect(left).toBeLessThan(121_000)
      expect(Math.round(((first.claims!.iat as number) * 1000 - Date.now()) / 60_000)).toBe(minutes)
      expect(await api(page)).toBe(200)
      expect(await page.evaluate(() => window.told(window.auth.refresh()))).toMatchObject({ value: {} })
      expect(await api(page)).toBe(200)
    } finally {
      child.kill()
      await once(child, 'exit')
    }
  })

test('prompt none tells that nobody is signed in at the server', async ({ open }) => {
  const page = await open()
  await page.evaluate(() => void window.auth.signinRedirect({ prompt: 'none' }))
  await page.waitForEvent('load')
  expect(await outcomeOf(page)).toMatchObject({ code: 'signin_failed', error: 'login_required' })
})
