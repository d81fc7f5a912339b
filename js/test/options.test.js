// Every option that is wrong is refused at once, by name, and without being
// quoted: what stands in the wrong place may be a secret.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AuthError, createAuth } from '../dist/authfetch.js'

const secret = 'SECRET-0123456789'
const signin = 'https://api.example/signin'
const circle = {}
circle.itself = circle

/** Values that are none of the named kinds. */
const values = {
  string: secret,
  number: 7,
  boolean: true,
  function: () => secret,
  object: { [secret]: secret },
  array: [secret],
  null: null,
  symbol: Symbol(secret),
  bigint: 7n,
}
const not = (...kinds) =>
  Object.entries(values).flatMap(([kind, value]) => (kinds.includes(kind) ? [] : [value]))

/** What is wrong, by the name that the error must give: values of the option, or whole options. */
const table = {
  name: [...not('string'), ''],
  wasm: [...not('string', 'object'), { [secret]: secret }, ''],
  baseUrl: [
    ...not('string'),
    secret,
    '/relative',
    'ftp://files.example',
    'https://',
    'https://user:SECRET-0123456789@api.example',
    '',
  ],
  origins: [...not('array')],
  'origins[0]': [
    ...not('string').map((value) => ({ origins: [value] })),
    { origins: ['api.example'] },
    { origins: ['https://api.example/path'] },
    { origins: ['https://api.example/?q'] },
    { origins: ['*'] },
    { origins: ['https://*.example'] },
    { origins: ['null'] },
    { origins: ['ftp://files.example'] },
    { origins: [''] },
  ],
  'origins[1]': [{ origins: ['https://api.example', 7] }],
  tokens: not('object'),
  'tokens.accessToken': not('string').map((accessToken) => ({ tokens: { accessToken } })),
  'tokens.refreshToken': not('string').map((refreshToken) => ({ tokens: { refreshToken } })),
  'tokens.expiresIn': not('string').map((expiresIn) => ({ tokens: { expiresIn } })),
  'tokens.expiresAt': not('string').map((expiresAt) => ({ tokens: { expiresAt } })),
  'tokens.idToken': not('string').map((idToken) => ({ tokens: { idToken } })),
  'tokens.access_token': [{ tokens: { access_token: 'x' } }],
  header: not('object'),
  'header.name': [
    ...not('string').map((name) => ({ header: { name } })),
    { header: { name: '' } },
    { header: { name: 'X Token' } },
    { header: { name: 'X-Töken' } },
    { header: { name: 'X:' } },
  ],
  'header.scheme': [
    ...not('string').map((scheme) => ({ header: { scheme } })),
    { header: { scheme: 'Bearer ' } },
    { header: { scheme: 'two words' } },
    { header: { scheme: 'line\nbreak' } },
    { header: { scheme: 'Bëarer' } },
  ],
  'header.value': [{ header: { value: 'x' } }],
  storage: [...not('string', 'object'), secret, 'cookie', ''],
  'storage.type': [...not('string').map((type) => ({ storage: { type } })), { storage: { type: 'cookie' } }],
  'storage.get': not('function').map((get) => ({ storage: { get, set() {}, remove() {} } })),
  'storage.set': [{ storage: { get() {}, remove() {} } }, { storage: { get() {}, set: 'x', remove() {} } }],
  'storage.remove': [{ storage: { get() {}, set() {} } }],
  'storage.key': [{ storage: { key: 'x' } }],
  'storage.keys': [
    ...not('object').map((keys) => ({ storage: { keys } })),
    { storage: { keys: { accessToken: 'same', refreshToken: 'same' } } },
  ],
  'storage.keys.accessToken': [
    ...not('string').map((accessToken) => ({ storage: { keys: { accessToken } } })),
    { storage: { keys: { accessToken: '' } } },
    // The record of the session lies under the client's name.
    { storage: { keys: { accessToken: 'authfetch' } } },
    { name: 'mine', storage: { keys: { accessToken: 'mine' } } },
  ],
  'storage.keys.refreshToken': not('string').map((refreshToken) => ({ storage: { keys: { refreshToken } } })),
  'storage.keys.expiresAt': not('string').map((expiresAt) => ({ storage: { keys: { expiresAt } } })),
  'storage.keys.idToken': not('string').map((idToken) => ({ storage: { keys: { idToken } } })),
  'storage.keys.token': [{ storage: { keys: { token: 'x' } } }],
  refreshBefore: [...not('number'), -1, NaN, Infinity],
  autoRefresh: not('boolean'),
  isUnauthorized: not('function'),
  isFinal: not('function'),
  retry: not('object'),
  'retry.attempts': [...not('number'), 0, -1, NaN, Infinity].map((attempts) => ({ retry: { attempts } })),
  'retry.minDelay': [...not('number'), -1, NaN, Infinity].map((minDelay) => ({ retry: { minDelay } })),
  'retry.maxDelay': [
    ...[...not('number'), -1, NaN, Infinity].map((maxDelay) => ({ retry: { maxDelay } })),
    { retry: { minDelay: 500, maxDelay: 100 } },
  ],
  'retry.delay': [{ retry: { delay: 1 } }],
  timeout: [...not('number'), 0, -1, NaN, Infinity],
  onFailedRefresh: not('function'),
  onRefresh: not('function'),
  onRefreshError: not('function'),
  fetch: not('function'),
  oauth: not('object'),
  'oauth.clientId': [
    ...not('string').map((clientId) => ({ oauth: { issuer: 'https://id.example', clientId } })),
    { oauth: { issuer: 'https://id.example' } },
    { oauth: { issuer: 'https://id.example', clientId: '' } },
  ],
  'oauth.issuer': [
    { oauth: { clientId: 'app' } },
    { oauth: { clientId: 'app', issuer: '' } },
    { oauth: { clientId: 'app', issuer: '/relative' } },
    { oauth: { clientId: 'app', issuer: 'https://user:SECRET-0123456789@id.example' } },
    ...not('string').map((issuer) => ({ oauth: { clientId: 'app', issuer } })),
  ],
  ...Object.fromEntries(
    ['tokenUrl', 'authorizationUrl', 'revocationUrl', 'endSessionUrl', 'redirectUri'].map((name) => [
      `oauth.${name}`,
      [...not('string'), '/relative', 'javascript:alert(1)'].map((url) => ({
        oauth: { clientId: 'app', issuer: 'https://id.example', [name]: url },
      })),
    ]),
  ),
  'oauth.secret': [{ oauth: { clientId: 'app', issuer: 'https://id.example', secret } }],
  debug: not('boolean', 'function'),
  [secret.toLowerCase()]: [{ [secret.toLowerCase()]: 1 }],
  refreshtoken: [{ refreshtoken: '/refresh' }],
}

const oauth = { issuer: 'https://id.example', clientId: 'app' }
for (const endpoint of ['signin', 'refresh', 'signout']) {
  const given = (more) => ({ [endpoint]: { url: signin, ...more } })
  const unset = endpoint === 'refresh' ? [true] : [true, false]
  Object.assign(table, {
    [endpoint]: [
      ...not('string', 'function', 'object', 'boolean'),
      ...unset,
      ...[signin, { url: signin }, () => {}, false].map((given) => ({ oauth, [endpoint]: given })),
    ],
    [`${endpoint}.url`]: [
      { [endpoint]: '/relative' }, // there is no page here that it could be relative to
      { [endpoint]: '' },
      { [endpoint]: {} },
      { [endpoint]: 'ftp://api.example/signin' },
      { [endpoint]: 'https://user:SECRET-0123456789@api.example/signin' },
      ...not('string').map((url) => given({ url })),
    ],
    [`${endpoint}.method`]: [...not('string'), 'GET', 'head', '', 'TWO WORDS', 'TRACE'].map((method) =>
      given({ method }),
    ),
    [`${endpoint}.headers`]: [...not('object').map((headers) => given({ headers }))],
    [`${endpoint}.headers.X-Own`]: [
      ...not('string').map((value) => given({ headers: { 'X-Own': value } })),
      given({ headers: { 'X-Own': 'line\nbreak' } }),
    ],
    [`${endpoint}.headers.bad name`]: [given({ headers: { 'bad name': 'x' } })],
    [`${endpoint}.body`]: [...not(), 'xml', ''].map((body) => given({ body })),
    [`${endpoint}.fields`]: [
      ...not('object').map((fields) => given({ fields })),
      given({ fields: circle }),
      given({ fields: { big: 7n } }),
      given({ body: 'form', fields: { nested: { a: 1 } } }),
      given({ body: 'form', fields: { list: [1] } }),
    ],
    [`${endpoint}.rename`]: not('object').map((rename) => given({ rename })),
    [`${endpoint}.rename.username`]: not('string').map((username) => given({ rename: { username } })),
    [`${endpoint}.credentials`]: [...not(), 'always'].map((credentials) => given({ credentials })),
    [`${endpoint}.refreshTokenField`]: not('string').map((refreshTokenField) => given({ refreshTokenField })),
    [`${endpoint}.cookie`]: not('boolean').map((cookie) => given({ cookie })),
    [`${endpoint}.uri`]: [given({ uri: signin })],
  })
}

const asOptions = (option, value) => {
  const whole = typeof value === 'object' && value !== null && Object.hasOwn(value, option.split(/[.[]/)[0])
  return whole || (option === 'storage.keys.accessToken' && value.name) ? value : { [option]: value }
}

for (const [option, rows] of Object.entries(table))
  test(`${option} is refused where it is wrong`, () => {
    assert.deepEqual(rows.map((value) => problem(option, asOptions(option, value))).filter(Boolean), [])
  })

/** What is wrong with how options are refused, or undefined. */
function problem(option, options) {
  try {
    createAuth(options).close()
    return `${row(options)}: accepted`
  } catch (error) {
    const name = new RegExp(`\`${option.replace(/[.[\]]/g, '\\$&')}[\`.]`)
    if (!(error instanceof AuthError) || error.code !== 'bad_options') return `${row(options)}: ${error}`
    if (!name.test(error.message)) return `${row(options)}: names another option: ${error.message}`
    if (!/expected \S/.test(error.message)) return `${row(options)}: tells nothing: ${error.message}`
    if (`${error.message}${error.stack}`.includes(secret)) return `${row(options)}: quotes the value`
    return undefined
  }
}

/** Shows a row in a failure's message. */
function row(value) {
  try {
    return JSON.stringify(value, (_, item) => (typeof item === 'object' ? item : String(item)))
  } catch {
    return '(no JSON)'
  }
}

test('options that are no object are refused', () => {
  for (const value of not('object'))
    assert.throws(() => createAuth(value), {
      name: 'AuthError',
      code: 'bad_options',
      message: /`options`: expected an object/,
    })
})

/** Options that are there, and undefined. */
const none = (...names) =>
  Object.fromEntries(
    names
      .join(' ')
      .split(' ')
      .map((name) => [name, undefined]),
  )

test('options that are right are not refused', () => {
  const right = [
    undefined,
    {},
    {
      baseUrl: new URL('https://api.example/v1/'),
      signin: 'login',
      refresh: false,
      signout: new URL(signin),
    },
    { signin: async () => ({}), refresh: async () => ({}), signout: async () => {} },
    {
      signin: {
        url: signin,
        method: 'PUT',
        headers: { 'X-Own': '1' },
        body: 'form',
        fields: { a: 1, b: null },
        rename: { a: 'b' },
      },
    },
    { refresh: { url: signin, method: 'GET', cookie: true, credentials: 'include' } },
    { refresh: { url: signin, refreshTokenField: 'token' } },
    { tokens: { accessToken: 'data.jwt', expiresIn: 'ttl' }, header: { name: 'X-Token', scheme: '' } },
    { storage: 'memory' },
    { storage: { type: 'memory', keys: { accessToken: 'token' } } },
    { storage: { get: () => null, set() {}, remove() {} } },
    {
      storage: new (class {
        get() {}
        set() {}
        remove() {}
      })(),
    },
    { refreshBefore: 0, autoRefresh: false, timeout: 1, retry: { attempts: 1, minDelay: 0, maxDelay: 0 } },
    { retry: { minDelay: 9000 } },
    { origins: [], debug: false },
    { origins: ['https://api.example', 'http://localhost:8080/'], debug: () => {} },
    { wasm: new ArrayBuffer(8) },
    { wasm: new Uint8Array(8) },
    { wasm: Promise.resolve('https://cdn.example/authfetch.wasm') },
    { wasm: new URL('https://cdn.example/authfetch.wasm') },
    { name: 'other', isUnauthorized: () => false, isFinal: () => true, fetch: globalThis.fetch },
    { onFailedRefresh() {}, onRefresh() {}, onRefreshError() {} },
    { oauth: { issuer: 'https://id.example', clientId: 'app' } },
    { oauth: { tokenUrl: new URL('https://id.example/token'), clientId: 'app' }, refresh: undefined },
    { baseUrl: 'https://id.example', oauth: { tokenUrl: '/token', clientId: 'app', params: { a: 'b' } } },
    // An option that is undefined is not given.
    none(
      'name wasm baseUrl origins signin refresh signout oauth tokens header storage refreshBefore autoRefresh',
      'isUnauthorized isFinal retry timeout onFailedRefresh onRefresh onRefreshError fetch debug',
    ),
    {
      header: none('name scheme'),
      retry: none('attempts minDelay maxDelay'),
      storage: none('type keys'),
      signin: { url: signin, ...none('method headers body fields rename credentials cookie') },
      refresh: { url: signin, ...none('refreshTokenField') },
    },
    {
      oauth: {
        ...{ issuer: 'https://id.example', clientId: 'app' },
        ...none('scope redirectUri params tokenUrl authorizationUrl revocationUrl endSessionUrl'),
        ...none('leeway verify dpop wasm'),
      },
    },
  ]
  for (const options of right) assert.doesNotThrow(() => createAuth(options).close(), `given ${row(options)}`)
})

test('arguments of methods are refused by name, as a rejection where a promise is due', async () => {
  const auth = createAuth({ signin })
  const bad = { name: 'AuthError', code: 'bad_options' }
  for (const value of [undefined, null, 'x', {}]) {
    assert.throws(() => auth.onFailedRefresh(value), { ...bad, message: /`onFailedRefresh`/ })
    assert.throws(() => auth.on('refresh', value), { ...bad, message: /`on`/ })
  }
  for (const type of ['refreshed', '', undefined, null])
    assert.throws(() => auth.on(type, () => {}), { ...bad, message: /`on`/ }, `given ${String(type)}`)
  for (const minValidity of [-1, NaN, '60', null])
    await assert.rejects(auth.getToken({ minValidity }), { ...bad, message: /minValidity/ })
  for (const options of [null, 7, 'x'])
    await assert.rejects(
      async () => auth.getToken(options),
      { ...bad, message: /getToken/ },
      `given ${options}`,
    )
  for (const credentials of [null, 'x', 7, [], () => {}, { big: 7n }])
    await assert.rejects(async () => auth.signin(credentials), { ...bad, message: /credentials/ })
  for (const tokens of [null, undefined, 7, [], () => {}, true])
    await assert.rejects(
      async () => auth.setTokens(tokens),
      { ...bad, message: /tokens/i },
      `given ${String(tokens)}`,
    )
  auth.close()
})

test('tokens that no header can carry are refused, whatever they look like, and not quoted', async () => {
  const auth = createAuth({ storage: 'memory' })
  const texts = {
    space: `${secret} x`,
    newline: `${secret}\nx`,
    scheme: `Bearer ${secret}`,
    nul: `${secret}\0`,
    arrow: `${secret}→`,
    empty: '',
  }
  for (const [what, text] of Object.entries(texts))
    for (const tokens of [
      text,
      { accessToken: text },
      { access_token: text },
      { data: { access_token: text } },
    ])
      await assert.rejects(
        auth.setTokens(tokens),
        (error) => {
          assert.ok(error instanceof AuthError, `${what}: got ${error}`)
          assert.equal(error.code, 'bad_options', what)
          assert.match(error.message, /access token/, what)
          assert.ok(!`${error.message}${error.stack}`.includes(secret), `${what}: quoted`)
          return true
        },
        what,
      )
  assert.equal(await auth.getToken(), null)
  auth.close()
})
