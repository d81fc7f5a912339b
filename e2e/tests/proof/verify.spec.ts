// ID tokens that are verified against the issuer's keys, in the browser, with the
// real modules. All cases of the rules are in wasm/internal/idtoken; these are some
// of them under the names that the OpenID conformance suite has for relying parties.
import { createHash } from 'node:crypto'
import { signer } from '../../servers/proof/server.js'
import { aheadBy, call, expect, signedIn, signIn, test } from './kit.js'

const verify = { verify: true }

/** What an ID token says, whoever signed it. */
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())

test('oidcc-client-test: an ID token that the server signed', async ({ server, open }) => {
  const page = await open(verify)
  const { claims } = await signedIn(page)
  expect(claims).toMatchObject({ iss: server.issuer, sub: 'ada', aud: 'app' })
  expect(server.calls('/jwks').length).toBe(1)
  // With the at_hash that OpenID Connect Core section 3.1.3.6 wants.
  server.knobs.token = async ({ id_token, access_token, ...answer }) => {
    const half = createHash('sha256').update(access_token).digest().subarray(0, 16)
    const claims = { ...claimsOf(id_token), at_hash: half.toString('base64url') }
    return { ...answer, access_token, id_token: await server.own.sign(claims) }
  }
  await page.evaluate(() => window.auth.refresh())
  const session = await page.evaluate(() => window.auth.getSession())
  expect(claimsOf(session!.idToken!)).toHaveProperty('at_hash')
  expect(server.calls('/jwks').length, 'its keys are kept').toBe(1)
})

test('the verifier is not loaded where nobody asks for it', async ({ open, context }) => {
  const loaded: string[] = []
  context.on('request', (request) => loaded.push(new URL(request.url()).pathname))
  await signedIn(await open())
  expect(loaded).toContain('/package/oauth.wasm')
  expect(loaded.join('\n')).not.toMatch(/verify|dpop/)
})

for (const alg of ['RS256', 'PS256', 'ES384', 'EdDSA'])
  test(`oidcc-client-test-idtoken-sig-${alg.toLowerCase()}`, async ({ server, open }) => {
    const key = await signer(alg)
    server.knobs.keys = [server.own.public, key.public]
    server.knobs.token = async ({ id_token, ...answer }) => {
      const { at_hash: _, ...claims } = claimsOf(id_token)
      return { ...answer, id_token: await key.sign(claims) }
    }
    await signedIn(await open(verify))
    // The same key's name, another's signature.
    const forger = await signer(alg)
    server.knobs.token = async ({ id_token, ...answer }) => ({
      ...answer,
      id_token: await forger.sign(claimsOf(id_token)),
    })
    const told = await signIn(await open(verify))
    expect(told).toMatchObject({ code: 'signin_failed', error: 'invalid_id_token', transient: false })
    expect(told.message).toContain('its signature is not')
  })

type Forge = (token: string, own: Awaited<ReturnType<typeof signer>>) => string | Promise<string>
const resigned =
  (changes: object): Forge =>
  (token, own) =>
    own.sign({ ...claimsOf(token), ...changes })
const withHeader =
  (changes: object): Forge =>
  (token, own) =>
    own.sign(claimsOf(token), changes)

const refused: Record<string, [forge: Forge, message: string]> = {
  'invalid-aud': [resigned({ aud: 'another' }), '(aud)'],
  'invalid-iss': [resigned({ iss: 'https://another.test' }), "another issuer's"],
  'missing-sub': [resigned({ sub: undefined }), 'names nobody'],
  'missing-iat': [resigned({ iat: undefined }), 'when it was issued'],
  'nonce-invalid': [resigned({ nonce: 'another' }), '(nonce)'],
  'invalid-athash': [resigned({ at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }), 'its at_hash is not'],
  'invalid-sig-es256': [(token) => token.slice(0, -8) + 'AAAAAAAA', 'its signature is not'],
  'idtoken-sig-none': [
    (token) => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}.`,
    'not signed',
  ],
  'invalid-sig-hs256': [
    (token) => {
      const header = Buffer.from('{"alg":"HS256","kid":"own"}').toString('base64url')
      return [header, ...token.split('.').slice(1)].join('.')
    },
    'algorithm (alg) is not accepted',
  ],
  'a key in its header': [withHeader({ jku: 'https://evil.test/jwks' }), 'its header has jku'],
  'an unknown key': [withHeader({ kid: 'another' }), 'no key of that name (kid)'],
}
for (const [name, [forge, message]] of Object.entries(refused))
  test(`oidcc-client-test-${name} is refused`, async ({ server, open }) => {
    let sent = ''
    server.knobs.token = async ({ id_token, ...answer }) => {
      sent = await forge(id_token, server.own)
      return { ...answer, id_token: sent }
    }
    const page = await open(verify)
    const told = await signIn(page)
    expect(told).toMatchObject({ code: 'signin_failed', error: 'invalid_id_token', transient: false })
    expect(told.message).toContain(message)
    expect(told.message).not.toContain(sent.split('.')[1])
    expect(await page.evaluate(() => window.auth.getSession())).toBeNull()
    await expect.poll(() => server.calls('/token/revocation').length, 'what came with it is revoked').toBe(2)
  })

test('oidcc-client-test-signing-key-rotation: in the middle of a session', async ({ server, open }) => {
  const page = await open(verify)
  await signedIn(page)
  const next = await signer('RS256', 'next')
  server.knobs.keys = [next.public]
  server.knobs.token = async ({ id_token, ...answer }) => {
    const { at_hash: _, ...claims } = claimsOf(id_token)
    return { ...answer, id_token: await next.sign(claims) }
  }
  server.expire()
  await page.evaluate(() => window.auth.refresh())
  expect(server.calls('/jwks')).toHaveLength(2)
  expect((await page.evaluate(() => window.auth.getSession()))!.claims).toMatchObject({ sub: 'ada' })
  // An old key that is published no more is not believed any longer.
  server.knobs.token = undefined
  expect(await page.evaluate(() => window.told(window.auth.refresh()))).toMatchObject({
    code: 'refresh_failed',
    error: 'invalid_id_token',
    message: expect.stringContaining('no key of that name (kid)'),
  })
  expect(server.calls('/jwks'), 'nor asked for again at once').toHaveLength(2)
})

for (const minutes of [10, -10])
  test.describe(`a clock that is ${minutes} minutes ahead`, () => {
    test.beforeEach(({ context }) => context.addInitScript(aheadBy(minutes)))

    test('signs in, since ID tokens live for minutes and clocks are wrong by more', async ({ open }) => {
      await signedIn(await open(verify))
    })

    test('does not where the leeway is smaller, and says so', async ({ open }) => {
      const told = await signIn(await open({ ...verify, leeway: 60 }))
      expect(told).toMatchObject({ code: 'signin_failed', error: 'invalid_id_token' })
      expect(told.message).toMatch(/clock/)
    })
  })

test('without the keys nothing is spent', async ({ server, open, context }) => {
  await context.route(`${server.issuer}/jwks`, (route) => route.abort())
  const told = await signIn(await open(verify))
  expect(told).toMatchObject({ code: 'signin_failed', transient: true })
  expect(told.message).toContain("the issuer's keys could not be fetched")
  expect(server.calls('/token')).toHaveLength(0)
})

test('both at once: verified, and bound to a key', async ({ server, open }) => {
  const page = await open({ verify: true, dpop: true })
  await signedIn(page)
  expect(await call(page, server, '/items')).toMatchObject({ value: { status: 200 } })
})
