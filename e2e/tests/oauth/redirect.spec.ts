// Signing in by redirect, with a certified server on another site.
import { api, expect, leave, outcomeOf, session, signIn, signInAtServer, test } from './kit.js'

test('a redirect signs in, returns to where the user was, and leaves no code behind', async ({
  server,
  open,
}) => {
  const page = await open()
  const { session, returnTo, state } = await signIn(page, { returnTo: '/deep?x=1#y', state: { cart: [1] } })
  expect(session.claims).toMatchObject({ iss: server.issuer, sub: 'ann', aud: 'app' })
  expect({ returnTo, state }).toEqual({ returnTo: '/deep?x=1#y', state: { cart: [1] } })
  expect(await page.evaluate(() => window.address)).toContain('code=')
  expect(await page.evaluate(() => window.cleaned)).toBe(`${server.app}/`)
  expect(await api(page)).toBe(200)
  // It was asked as RFC 7636 and RFC 9700 have it.
  const [redeemed] = server.calls('authorization_code')
  expect(redeemed!.params).toMatchObject({ client_id: 'app', redirect_uri: `${server.app}/` })
  expect(redeemed!.params.code_verifier).toMatch(/^[\w-]{43}$/)
  // Nothing that could redeem a code is left.
  expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toMatch(/verifier|nonce/)
})

test('called twice, as StrictMode does, it redeems one code and has one outcome', async ({
  server,
  open,
}) => {
  const page = await open()
  const outcome = await signIn(page)
  expect(await page.evaluate(() => window.again)).toEqual({ value: outcome })
  expect(server.calls('authorization_code')).toHaveLength(1)
})

test('a page that is no answer is left as it is', async ({ server, open }) => {
  const page = await open()
  for (const path of ['/', '/?code=1', '/?state=1', '/elsewhere?code=1&state=1', '/?error=x#y']) {
    await page.goto(server.app + path)
    expect(await page.evaluate(() => window.outcome), path).toEqual({ value: null })
    expect(page.url()).toBe(server.app + path)
  }
  expect(server.log).toEqual([])
})

test('a refresh rotates, and keeps the claims', async ({ server, open }) => {
  const page = await open()
  const { session: before } = await signIn(page)
  server.store.expire('AccessToken')
  expect(
    await page.evaluate(() =>
      Promise.all(Array.from({ length: 5 }, () => window.auth.fetch('/api/me').then((r) => r.status))),
    ),
  ).toEqual([200, 200, 200, 200, 200])
  expect(server.calls('refresh_token')).toHaveLength(1)
  const after = await session(page)
  expect(after!.accessToken).not.toBe(before.accessToken)
  expect(after!.claims).toMatchObject({ sub: 'ann', aud: 'app' })
  server.knobs.token = ({ id_token: _, ...answer }) => answer // an ID token may be left out
  await page.evaluate(() => window.auth.refresh())
  expect((await session(page))!.claims).toEqual(after!.claims)
})

test('a refresh token that a thief has used ends the session', async ({ server, open }) => {
  const page = await open()
  await signIn(page)
  const [stolen] = server.issued('RefreshToken')
  const refresh = (token: string) =>
    fetch(`${server.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'refresh_token', client_id: 'app', refresh_token: token }),
    })
  expect((await refresh(stolen!)).status).toBe(200)
  expect(await page.evaluate(() => window.told(window.auth.refresh()))).toMatchObject({
    code: 'refresh_failed',
    error: 'invalid_grant',
    transient: false,
  })
  expect(await session(page)).toBeNull()
  expect(await page.evaluate(() => window.failures)).toEqual(['refresh_failed'])
})

test('consent that is refused is told in the server’s words', async ({ server, open }) => {
  const page = await open()
  await leave(page)
  await page.getByLabel('Name').fill('ann')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Deny' }).click()
  expect(await outcomeOf(page)).toMatchObject({
    code: 'signin_failed',
    error: 'access_denied',
    description: 'The user said no',
  })
  expect(page.url()).toBe(`${server.app}/`)
  expect(await session(page)).toBeNull()
  expect(server.calls('authorization_code')).toEqual([])
})

test('a code that has expired is a sign-in that failed', async ({ server, open }) => {
  const page = await open()
  await leave(page)
  server.knobs.beforeRedeem = () => server.store.expire('AuthorizationCode')
  await signInAtServer(page)
  expect(await outcomeOf(page)).toMatchObject({ code: 'signin_failed', error: 'invalid_grant' })
  expect(await session(page)).toBeNull()
})

test('an answer that comes again redeems nothing, here or in another tab', async ({ server, open }) => {
  const page = await open()
  await signIn(page)
  const answer = await page.evaluate(() => window.address)
  await page.goto(answer) // Back, a bookmark, a tab that is restored
  expect(await outcomeOf(page)).toMatchObject({ value: { session: { claims: { sub: 'ann' } } } })
  expect(page.url()).toBe(`${server.app}/`)

  const other = await open()
  await other.goto(answer)
  expect(await outcomeOf(other)).toMatchObject({ code: 'signin_failed', error: 'invalid_state' })

  await page.evaluate(() => window.auth.signout())
  await page.goto(answer)
  expect(await outcomeOf(page)).toMatchObject({ code: 'signin_failed', error: 'replayed' })
  expect(server.calls('authorization_code')).toHaveLength(1)
})

test('a state that nobody here has made, or made too long ago, is refused', async ({ server, open }) => {
  const page = await open()
  const iss = encodeURIComponent(server.issuer)
  await page.goto(`${server.app}/?code=stolen&state=rforeign&iss=${iss}`)
  expect(await outcomeOf(page)).toMatchObject({ code: 'signin_failed', error: 'invalid_state' })

  // The user leaves for the server, and is back two hours later.
  let state = ''
  await page.route(`${server.issuer}/auth?**`, (route) => {
    state = new URL(route.request().url()).searchParams.get('state')!
    return route.fulfill({ status: 204 }) // the page stays
  })
  await page.evaluate(() => void window.auth.signinRedirect())
  await expect.poll(() => state).not.toBe('')
  await page.goto(server.app)
  await page.evaluate((key) => {
    const sent = JSON.parse(sessionStorage.getItem(key)!)
    sessionStorage.setItem(key, JSON.stringify({ ...sent, at: sent.at - 2 * 60 * 60 * 1000 }))
  }, `app:oauth:${state}`)
  await page.goto(`${server.app}/?code=late&state=${state}&iss=${iss}`)
  expect(await outcomeOf(page)).toMatchObject({ code: 'signin_failed', error: 'invalid_state' })
  expect(server.calls('authorization_code')).toEqual([])
})

for (const [what, change] of [
  ['is another', (url: URL) => url.searchParams.set('iss', 'https://evil.example')],
  ['is missing although it was announced', (url: URL) => url.searchParams.delete('iss')],
] as const)
  test(`an answer whose issuer ${what} is refused`, async ({ server, open }) => {
    const page = await open()
    server.knobs.redirect = change
    await leave(page)
    await signInAtServer(page)
    expect(await outcomeOf(page)).toMatchObject({ code: 'signin_failed', error: 'invalid_issuer' })
    expect(server.calls('authorization_code'), 'the code is shown to nobody').toEqual([])
  })

test('an ID token for another client is refused, and what came with it revoked', async ({ server, open }) => {
  const page = await open()
  server.knobs.token = withClaims({ aud: 'other' })
  await leave(page)
  await signInAtServer(page)
  expect(await outcomeOf(page)).toMatchObject({
    code: 'signin_failed',
    error: 'invalid_id_token',
    description: 'the ID token is for another client (aud)',
  })
  expect(await session(page)).toBeNull()
  await expect.poll(() => server.store.rows('RefreshToken').size).toBe(0)
})

test('an ID token of another user ends a session that is refreshed', async ({ server, open }) => {
  const page = await open()
  await signIn(page)
  server.knobs.token = withClaims({ sub: 'mallory' })
  expect(await page.evaluate(() => window.told(window.auth.refresh()))).toMatchObject({
    code: 'refresh_failed',
    error: 'invalid_id_token',
    transient: false,
  })
  expect(await session(page)).toBeNull()
})

test('two tabs sign in at once', async ({ server, open }) => {
  const [first, second] = [await open(), await open()]
  await Promise.all([leave(first), leave(second)])
  await signInAtServer(first)
  await outcomeOf(first)
  await second.getByLabel('Name').fill('ann')
  await second.getByRole('button', { name: 'Sign in' }).click() // she has consented already
  for (const page of [first, second]) {
    expect(await outcomeOf(page)).toMatchObject({ value: { session: { claims: { sub: 'ann' } } } })
    expect(await api(page)).toBe(200)
  }
  expect(server.calls('authorization_code')).toHaveLength(2)
})

test('Back after a sign-in finds the user signed in, and nothing to redeem', async ({ server, open }) => {
  const page = await open()
  await signIn(page)
  for (let steps = 0; steps < 5; steps++) {
    await page.goBack()
    if (!page.url().startsWith(server.app)) continue // one of the server's pages
    expect(await page.evaluate(() => window.outcome)).toEqual({ value: null })
    expect(await api(page)).toBe(200)
    break
  }
  expect(page.url()).toBe(`${server.app}/`)
  expect(server.calls('authorization_code')).toHaveLength(1)
})

/** Changes an ID token's claims. Its signature does not fit any more, and nobody looks here. */
function withClaims(claims: object) {
  return (answer: { id_token: string }) => {
    const [header, payload, signature] = answer.id_token.split('.')
    const changed = { ...JSON.parse(Buffer.from(payload!, 'base64url').toString()), ...claims }
    const encoded = Buffer.from(JSON.stringify(changed)).toString('base64url')
    return { ...answer, id_token: `${header}.${encoded}.${signature}` }
  }
}
