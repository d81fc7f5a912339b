// Whatever is given as options, createAuth either takes it or throws an AuthError
// with code bad_options that quotes no value. A failure prints the seed and path
// that replay it. https://fast-check.dev
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AuthError, createAuth } from '../dist/authfetch.js'

const secret = 'SECRET-0123456789'

/** Strings that options are made of, many of which hold the secret. */
const text = fc.oneof(
  fc.string().map((s) => secret + s),
  fc.constantFrom(
    '',
    '/x',
    '//',
    'https://',
    `https://u:${secret}@h/`,
    `https://h/?${secret}`,
    `h:${secret}`,
    '\0',
  ),
  fc.constantFrom(
    'POST',
    'GET',
    'form',
    'json',
    'include',
    'local',
    'memory',
    'Authorization',
    '*',
    'data:,x',
  ),
  fc.string({ unit: 'binary' }),
)
const anything = fc.oneof(
  text,
  fc.double(),
  fc.anything({
    values: [text, fc.double(), fc.boolean(), fc.constant(null), fc.constant(undefined), fc.bigInt()],
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  }),
  fc.constantFrom(() => secret, Symbol(secret), new URL('https://api.example'), circle()),
)

function circle() {
  const it = { [Symbol(secret)]: secret }
  it.itself = it
  return it
}

/** Objects with some of these names, each with anything under it, or anything else. */
const withNames = (names, known = {}) => {
  const model = Object.fromEntries(names.split(' ').map((name) => [name, known[name] ?? anything]))
  return fc.oneof({ weight: 4, arbitrary: fc.record(model, { requiredKeys: [] }) }, anything)
}

const endpoint = withNames('url method headers body fields rename credentials refreshTokenField cookie', {
  url: fc.oneof(fc.constant('https://api.example/x'), anything),
  headers: fc.oneof(fc.dictionary(text, text), anything),
  fields: fc.oneof(fc.dictionary(fc.string(), anything), anything),
})
const options = withNames(
  'name wasm baseUrl origins signin refresh signout oauth tokens header storage refreshBefore autoRefresh ' +
    'isUnauthorized isFinal retry timeout onFailedRefresh onRefresh onRefreshError fetch debug',
  {
    signin: endpoint,
    refresh: endpoint,
    signout: endpoint,
    origins: fc.oneof(fc.array(text), anything),
    tokens: withNames('accessToken refreshToken expiresIn expiresAt idToken'),
    header: withNames('name scheme'),
    retry: withNames('attempts minDelay maxDelay'),
    storage: fc.oneof(
      withNames('type keys', { keys: withNames('accessToken refreshToken') }),
      withNames('get set remove'),
    ),
  },
)

test('options of any kind are taken, or refused by an AuthError that quotes none of them', () => {
  let taken = 0
  let refused = 0
  fc.assert(
    fc.property(options, (given) => {
      try {
        createAuth(given).close()
        taken++
      } catch (error) {
        refused++
        assert.ok(error instanceof AuthError, `threw ${error}`)
        assert.equal(error.code, 'bad_options')
        assert.match(error.message, /expected \S/)
        assert.ok(error.message.length < 400, 'a long message')
        // What stands between backticks is the option's name, a header's among them.
        assert.ok(!error.message.replace(/`[^]*`/, '').includes(secret), `quotes a value: ${error.message}`)
      }
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 3000) },
  )
  assert.ok(taken > 0 && refused > 0, `${taken} taken, ${refused} refused: the test sees only one side`)
})
