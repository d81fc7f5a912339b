// Tokens that look like JWTs and are none: what only the server understands is
// sent as it is.
import { expect, test } from '../../servers/faults/fixtures.js'

const base64 = (text: string) => Buffer.from(text).toString('base64url')
const jwt = (payload: string) => `${base64('{"alg":"none"}')}.${base64(payload)}.x`
const deep = `${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`
const hour = Math.floor(Date.now() / 1000) + 3600

/** Each token, and what its claims and its expiry are found to be. */
const tokens: Record<string, [token: string, claims: string, expires: 'known' | null]> = {
  'two dots': ['a.b.c', 'null', null],
  'dots alone': ['..', 'null', null],
  'no signature': [`${base64('{}')}.${base64('{}')}`, 'null', null],
  'five parts': ['a.b.c.d.e', 'null', null],
  'broken base64': ['eyJ.e%J.x', 'null', null],
  'a payload that is no JSON': [jwt('{"exp":'), 'null', null],
  'a payload that is a list': [jwt('[1]'), 'null', null],
  'a payload that is null': [jwt('null'), 'null', null],
  'a payload that is not UTF-8': [
    `e30.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.x`,
    'null',
    null,
  ],
  'exp as a text': [jwt('{"exp":"soon"}'), '{"exp":"soon"}', null],
  'exp below zero': [jwt('{"exp":-1}'), '{"exp":-1}', null],
  'exp zero': [jwt('{"exp":0}'), '{"exp":0}', null],
  'exp null': [jwt('{"exp":null}'), '{"exp":null}', null],
  'exp beyond all calendars': [jwt('{"exp":1e300}'), '{"exp":1e+300}', 'known'],
  'exp in an hour': [jwt(`{"exp":${hour}}`), `{"exp":${hour}}`, 'known'],
  'a name like a method': [
    jwt('{"__proto__":{"evil":1},"toString":1}'),
    '{"__proto__":{"evil":1},"toString":1}',
    null,
  ],
  'a thousand levels': [jwt(deep), deep, null],
  'a very long token': ['t'.repeat(6000), 'null', null],
  'every character that a header can carry': ['!#$%&\'*+-.^_`|~()<>@,;:\\"/[]?={}', 'null', null],
}

test('whatever looks like a JWT and is none is sent as it is', async ({ page, server }) => {
  await page.goto(server.origin)
  const given = Object.entries(tokens).map(([name, [token]]) => [name, server.secret(token)] as const)
  const got = await page.evaluate(async (given) => {
    const results = given.map(async ([name, accessToken]) => {
      const auth = faults.client({ name, storage: 'memory' })
      await auth.setTokens({ accessToken })
      const session = await auth.getSession()
      const { status } = await auth.fetch(`/open/${encodeURIComponent(name)}`)
      // As text: what is nested deeply does not cross to the test otherwise.
      return [
        name,
        { claims: JSON.stringify(session?.claims), expiresAt: session?.expiresAt, status },
      ] as const
    })
    return Object.fromEntries(await Promise.all(results))
  }, given)
  for (const [name, [token, claims, expires]] of Object.entries(tokens)) {
    expect.soft(got[name]?.status, name).toBe(200)
    expect.soft(got[name]?.claims, name).toBe(claims)
    expect.soft(got[name]?.expiresAt, name).toEqual(expires === null ? null : expect.any(Number))
    const [request] = server.asked(`/open/${encodeURIComponent(name)}`)
    expect.soft(request?.headers['authorization'], name).toBe(`Bearer ${token}`)
  }
})
