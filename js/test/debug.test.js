import assert from 'node:assert/strict'
import { test } from 'node:test'
import { teller } from '../dist/debug.js'
import { client, server } from './kit.js'

/** Each event, at so many milliseconds, and the line that it becomes; a story in order. */
const story = [
  [0, { type: 'session.signin' }, '[authfetch] signed in'],
  [
    5,
    { type: 'request.start', id: 1, method: 'GET', url: 'https://api.test/me' },
    '#1 GET https://api.test/me',
  ],
  [5, { type: 'request.wait', id: 1, reason: 'ready' }, '#1 waits for the module'],
  [40, { type: 'request.send', id: 1, attempt: 1 }, '#1 sent'],
  [
    41,
    { type: 'request.start', id: 2, method: 'PUT', url: 'https://cdn.test/x' },
    '#2 PUT https://cdn.test/x',
  ],
  [41, { type: 'request.untouched', id: 2 }, '#2 sent untouched'],
  [52.4, { type: 'request.answer', id: 1, attempt: 1, status: 401 }, '#1 answered 401 after 12 ms'],
  [53, { type: 'refresh.start', reason: 'rejected' }, 'refresh begins: the server has refused the token'],
  [53, { type: 'request.wait', id: 1, reason: 'refresh' }, '#1 waits for the refresh'],
  [55, { type: 'refresh.lock' }, 'refresh has its turn after 2 ms'],
  [56, { type: 'refresh.send', attempt: 1 }, 'refresh sent'],
  [99, { type: 'refresh.retry', attempt: 2, delay: 300, status: 503 }, 'refresh gets 503: try 2 in 300 ms'],
  [99, { type: 'refresh.retry', attempt: 2 }, 'refresh gets no answer: try 2 in 0 ms'],
  [400, { type: 'refresh.send', attempt: 2 }, 'refresh sent, try 2'],
  [453, { type: 'refresh.done' }, 'refresh done in 400 ms'],
  [453, { type: 'session.refresh', remote: false }, '[authfetch] new tokens are in use'],
  [454, { type: 'request.send', id: 1, attempt: 2 }, '#1 sent again'],
  [464, { type: 'request.answer', id: 1, attempt: 2, status: 200 }, '#1 answered 200 after 10 ms'],
  [464, { type: 'request.done', id: 1, status: 200 }, '#1 done: GET https://api.test/me → 200 in 459 ms'],
  [
    12_041,
    { type: 'request.fail', id: 2, name: 'TypeError' },
    '#2 failed: PUT https://cdn.test/x → TypeError in 12.0 s',
  ],
  [20_000, { type: 'refresh.start', reason: 'ahead' }, 'refresh begins: the token is about to expire'],
  [
    20_009,
    { type: 'refresh.adopt' },
    'refresh another tab had refreshed: its tokens are taken over, after 9 ms',
  ],
  [20_009, { type: 'session.refresh', remote: true }, '[authfetch] new tokens are in use in another tab'],
  [30_000, { type: 'refresh.start', reason: 'asked' }, 'refresh begins: it was asked for'],
  [
    30_100,
    { type: 'refresh.fail', code: 'refresh_failed', transient: true },
    'refresh failed in passing: refresh_failed in 100 ms',
  ],
  [30_200, { type: 'refresh.start', reason: 'expired' }, 'refresh begins: the token has expired'],
  [
    30_250,
    { type: 'refresh.fail', code: 'refresh_failed', status: 400, transient: false },
    'refresh failed for good: refresh_failed (400) in 50 ms',
  ],
  [30_250, { type: 'session.signout', remote: true }, '[authfetch] signed out in another tab'],
  [30_260, { type: 'storage.unreadable', reason: 'it is full' }, 'storage unreadable it is full'],
  [30_300, { type: 'lease.taken', status: 7 }, 'lease taken 7'],
]

test('each step is a line that says what happened and how long it took', () => {
  const tell = teller()
  for (const [at, event, line] of story) {
    const told = tell({ at, client: 'authfetch', ...event })
    assert.equal(told, line.startsWith('[') ? line : `[authfetch] ${line}`)
  }
})

test('a client with a name of its own says it', () => {
  assert.equal(teller()({ at: 0, client: 'shop', type: 'session.signout' }), '[authfetch shop] signed out')
})

test('debug: true prints a sign-in, a refresh and a refused one, and no token, password or query', async (t) => {
  const lines = []
  t.mock.method(console, 'debug', (...args) => lines.push(args))
  const backend = server()
  const auth = client(t, backend, { debug: true, onFailedRefresh: () => {} })
  await auth.signin({ username: 'ada', password: 'lovelace' })
  backend.access = 'revoked'
  assert.equal((await auth.fetch('/me?secret=1#secret')).status, 200)
  backend.access = 'revoked'
  backend.refresh = 'used up'
  await assert.rejects(auth.fetch('/me?secret=1'), { code: 'refresh_failed' })
  for (let i = 0; i < 1000 && !lines.some(([line]) => /#\d+ failed/.test(line)); i++)
    await new Promise((resolve) => setTimeout(resolve, 1))
  assert.ok(
    lines.every((args) => args.length === 1 && typeof args[0] === 'string'),
    'text alone, no objects',
  )
  const text = lines.map(([line]) => line.replace(/#\d+/, '#').replace(/\d+ ms/, 'N ms'))
  assert.deepEqual(
    text.filter((line) => /signed|begins|for good|done|failed/.test(line)),
    [
      '[authfetch] signed in',
      '[authfetch] refresh begins: the server has refused the token',
      '[authfetch] refresh done in N ms',
      '[authfetch] # done: GET https://api.test/me → 200 in N ms',
      '[authfetch] refresh begins: the server has refused the token',
      '[authfetch] signed out',
      '[authfetch] refresh failed for good: refresh_failed (400) in N ms',
      '[authfetch] # failed: GET https://api.test/me → refresh_failed in N ms',
    ],
  )
  assert.doesNotMatch(text.join('\n'), /access-|refresh-\d|lovelace|secret|ada/)
})
