// Tokens that are bound to a key, RFC 9449, with a certified server and an API that
// checks every proof.
import type { Page } from '@playwright/test'
import { withoutHearing } from '../../servers/tabs/fixtures.js'
import { aheadBy, call, expect, signedIn, signIn, test, type Server } from './kit.js'

const dpop = { dpop: true }
const ok = { value: { status: 200, sub: 'ada', body: '' } }

/** A page of somebody who is signed in, with tokens that are bound to its key. */
async function boundPage(open: (oauth: object) => Promise<Page>): Promise<Page> {
  const page = await open(dpop)
  await signedIn(page)
  return page
}

/** Sends three bodies at once, which all must arrive whole. */
async function uploadThree(page: Page, server: Server): Promise<void> {
  const bodies = ['a', 'b', 'c']
  const answers = await Promise.all(bodies.map((body) => call(page, server, '/upload', body)))
  expect(answers).toEqual(bodies.map((body) => ({ value: { status: 200, sub: 'ada', body } })))
}

/** The key that the tabs share, and whether scripts can read it. */
const keyOf = (page: Page, name = 'app') =>
  page.evaluate(async (name) => {
    const request = indexedDB.open('authfetch:dpop', 1)
    await new Promise((resolve) => (request.onsuccess = resolve))
    const found = request.result.transaction('keys').objectStore('keys').get(name)
    await new Promise((resolve) => (found.onsuccess = resolve))
    request.result.close()
    const key = found.result as { privateKey: CryptoKey; x: string } | undefined
    if (!key) return null
    const read = await crypto.subtle.exportKey('jwk', key.privateKey).catch((error: Error) => error.name)
    return { x: key.x, read, extractable: key.privateKey.extractable }
  }, name)

test('tokens are bound to a key that nobody can read, and nonces are learned at both servers', async ({
  server,
  open,
}) => {
  const page = await open(dpop)
  const { accessToken } = await signedIn(page)
  expect(await keyOf(page)).toEqual({ x: expect.any(String), read: 'InvalidAccessError', extractable: false })
  const [asked] = server.calls('/auth').map(({ body }) => body)
  expect(asked, 'the code is bound as well (dpop_jkt)').toMatch(/^[\w-]{43}$/)
  const token = server.calls('/token')
  expect(token.map(({ status, error, nonce }) => ({ status, error, nonce: Boolean(nonce) }))).toEqual([
    { status: 400, error: 'use_dpop_nonce', nonce: false },
    { status: 200, error: undefined, nonce: true },
  ])

  expect(await call(page, server, '/items?q=1')).toEqual(ok)
  expect(await call(page, server, '/items')).toEqual(ok)
  expect(server.calls('/items').map(({ status, error }) => error || status)).toEqual([
    'use_dpop_nonce',
    200,
    200,
  ])
  expect(server.calls('/token'), 'no refresh for a nonce').toHaveLength(2)

  // Without the key the token is of no use.
  for (const headers of [
    { Authorization: `DPoP ${accessToken}` },
    { Authorization: `Bearer ${accessToken}` },
  ] as Record<string, string>[])
    expect((await fetch(`${server.api}/stolen`, { headers })).status).toBe(401)
})

test('a nonce that changes has requests sent again, whole, and refreshes nothing', async ({
  server,
  open,
}) => {
  const page = await boundPage(open)
  await call(page, server, '/first')
  server.knobs.nonce = 'nonce-2'
  await uploadThree(page, server)
  const uploads = server.calls('/upload')
  expect(uploads.filter(({ status }) => status === 200)).toHaveLength(3)
  expect(uploads.length).toBeLessThanOrEqual(6)
  expect(uploads.every(({ body }) => /^[abc]$/.test(body ?? ''))).toBe(true)
  expect(server.calls('/token')).toHaveLength(2)
})

test('a refresh is proved by the same key, and what waited for it has a proof of its own', async ({
  server,
  open,
}) => {
  const page = await boundPage(open)
  await call(page, server, '/first')
  server.expire()
  await uploadThree(page, server)
  const refreshes = server.calls('/token').filter(({ body }) => body === 'refresh_token')
  expect(refreshes.map(({ status }) => status)).toEqual([200])
  const jtis = server.log.map(({ jti }) => jti).filter(Boolean)
  expect(jtis.length).toBeGreaterThan(8)
  expect(new Set(jtis).size, 'no proof is sent twice').toBe(jtis.length)
})

test('tabs share the key, also one that they make at the same time', async ({ server, open }) => {
  // The server knows its user from here on, as long as nothing is revoked, and asks nobody.
  const plain = await open()
  await signedIn(plain)
  await plain.close()
  const [first, second] = await Promise.all([open(dpop), open(dpop)])
  await Promise.all([signedIn(first), signedIn(second)])
  const asked = new Set(
    server
      .calls('/auth')
      .map(({ body }) => body)
      .filter((jkt) => jkt !== 'undefined'),
  )
  expect(asked.size).toBe(1)
  // The later of the two counts, which the other hears of.
  const token = (page: Page) => page.evaluate(() => window.auth.getToken())
  await expect.poll(async () => (await token(first)) === (await token(second))).toBe(true)
  for (const page of [first, second, await open(dpop)]) {
    server.expire()
    expect(await call(page, server, '/items')).toEqual(ok)
  }
})

test('a sign-out removes the key, in every tab, and the next sign-in makes another', async ({
  server,
  open,
}) => {
  const page = await boundPage(open)
  const other = await open(dpop)
  expect(await call(other, server, '/items')).toEqual(ok)
  const before = await keyOf(page)
  await page.evaluate(() => window.auth.signout())
  expect(await keyOf(page)).toBeNull()
  await signedIn(page)
  const after = await keyOf(page)
  expect(after!.x).not.toBe(before!.x)
  expect(await call(other, server, '/items')).toEqual(ok)
})

test('a tab that hears of nothing finds the key of a new sign-in when its old token is refused', async ({
  server,
  open,
  context,
}) => {
  const page = await boundPage(open)
  await withoutHearing(context)
  const other = await open(dpop)
  expect(await call(other, server, '/items')).toEqual(ok)
  await page.evaluate(() => window.auth.signout())
  await signedIn(page)
  const before = server.calls('/items').length
  expect(await call(other, server, '/items')).toEqual(ok)
  const [refused, accepted] = server.calls('/items').slice(before)
  expect([refused?.status, accepted?.status]).toEqual([401, 200])
  expect(server.calls('/token').map(({ body }) => body)).not.toContain('refresh_token')
})

test('a server that binds nothing is not believed', async ({ server, open }) => {
  server.knobs.token = (answer) => ({ ...answer, token_type: 'Bearer' })
  const page = await open(dpop)
  expect(await signIn(page)).toMatchObject({
    code: 'signin_failed',
    error: 'invalid_token_type',
    message: expect.stringContaining('token_type'),
  })
  expect(await page.evaluate(() => window.auth.getSession())).toBeNull()
})

for (const minutes of [10, -10]) {
  test.describe(`a clock that is ${minutes} minutes ahead`, () => {
    test.beforeEach(({ context }) => context.addInitScript(aheadBy(minutes)))

    test('does no harm where servers send nonces', async ({ server, open }) => {
      const page = await boundPage(open)
      expect(await call(page, server, '/items')).toEqual(ok)
      await page.evaluate(() => window.auth.refresh())
      expect(await call(page, server, '/items')).toEqual(ok)
    })

    test('is found out by the Date of a refusal where they do not', async ({ server, open }) => {
      server.knobs.nonces = false
      const page = await boundPage(open)
      for (let i = 0; i < 2; i++) expect(await call(page, server, '/items')).toEqual(ok)
      expect(server.calls('/items').map(({ status, error }) => error || status)).toEqual([
        'invalid_dpop_proof',
        200,
        200,
      ])
      expect(server.calls('/token').filter(({ body }) => body === 'refresh_token')).toHaveLength(0)
    })
  })
}
