import assert from 'node:assert/strict'
import { test } from 'node:test'
import { client, server } from './kit.js'

/** A client whose sendings are kept as they were given to fetch. */
async function watched(t) {
  const backend = server()
  const sent = []
  const auth = client(t, backend, {
    fetch: (input, init) => {
      sent.push({ input, init })
      return backend.fetch(input, init)
    },
  })
  await auth.signin({})
  sent.length = 0
  return { auth, backend, sent }
}

test('what a framework adds to the init is kept', async (t) => {
  const { auth, sent } = await watched(t)
  const next = { revalidate: 60 }
  await auth.fetch('https://api.test/me', { cache: 'no-store', next, headers: { 'X-One': '1' } })
  const [{ input, init }] = sent
  assert.equal(input.url, 'https://api.test/me')
  assert.equal(input.cache, 'no-store')
  assert.deepEqual(init, { next })
  assert.deepEqual(
    [...input.headers],
    [
      ['authorization', 'Bearer access-1'],
      ['x-one', '1'],
    ],
  )
})

test('keepalive is said beside the Request too, which Firefox forgets, and so is the referrer, which is forgotten then', async (t) => {
  const { auth, sent } = await watched(t)
  await auth.fetch('/me', { keepalive: true, next: 1 })
  const referrer = { referrer: '', referrerPolicy: 'origin' }
  await auth.fetch(new Request('https://api.test/me', { keepalive: true, ...referrer }))
  await auth.fetch('/me')
  assert.deepEqual(
    sent.map(({ init }) => init),
    [
      { next: 1, keepalive: true, referrer: 'about:client', referrerPolicy: '' },
      { keepalive: true, ...referrer },
      undefined,
    ],
  )
})

test('a stream is sent without a window, so that a 401 to it is an answer', async (t) => {
  const { auth, backend } = await watched(t)
  const windows = []
  const { Request } = globalThis
  t.after(() => (globalThis.Request = Request))
  globalThis.Request = class extends Request {
    constructor(input, init) {
      super(input, init)
      if (init?.body instanceof ReadableStream) windows.push(init.window)
    }
  }
  backend.access = 'revoked'
  const body = new Blob(['streamed']).stream()
  const answer = await auth.fetch('/upload', { method: 'POST', body, duplex: 'half' })
  assert.equal(await answer.text(), 'POST /upload streamed')
  assert.deepEqual(windows, [null])
})

test('a body is sent as it was when fetch was called', async (t) => {
  const { auth, backend } = await watched(t)
  backend.access = 'revoked'
  const params = new URLSearchParams({ a: '1' })
  const bytes = new TextEncoder().encode('bytes')
  const form = new FormData()
  form.set('a', 'before')
  const calls = [params, bytes, bytes.buffer, form].map((body) =>
    auth.fetch('/echo', { method: 'POST', body }),
  )
  params.set('a', '2')
  bytes.fill(0)
  form.set('a', 'after')
  const texts = await Promise.all((await Promise.all(calls)).map((answer) => answer.text()))
  assert.deepEqual(texts.slice(0, 3), ['POST /echo a=1', 'POST /echo bytes', 'POST /echo bytes'])
  assert.match(texts[3], /before/)
})

test('the answer that was refused is let go, and a clone that nobody read too', async (t) => {
  const backend = server()
  let cancelled = 0
  const refused = () =>
    new Response(new ReadableStream({ pull() {}, cancel: () => void cancelled++ }), { status: 401 })
  let first = true
  const auth = client(t, backend, {
    isUnauthorized: (response, request) => {
      assert.equal(request.url, 'https://api.test/me')
      return response.status === 401
    },
    fetch: (input, init) => {
      if (String(input.url).endsWith('/me') && first) {
        first = false
        return Promise.resolve(refused())
      }
      return backend.fetch(input, init)
    },
  })
  await auth.signin({})
  assert.equal((await auth.fetch('/me')).status, 200)
  await new Promise((resolve) => setTimeout(resolve))
  assert.equal(cancelled, 1)
})

test('an exception of isUnauthorized comes back as the same object', async (t) => {
  const mine = new Error('mine')
  const auth = client(t, server(), {
    isUnauthorized: () => {
      throw mine
    },
  })
  await assert.rejects(auth.fetch('/me'), (error) => error === mine)
})

test('an abort on the wire rejects with its reason, whatever the browser makes of it', async (t) => {
  const backend = server()
  const auth = client(t, backend, {
    // As WebKit's fetch does.
    fetch: (input, init) =>
      backend.fetch(input, init).catch((error) => {
        throw input.signal?.aborted ? new DOMException('Fetch is aborted', 'AbortError') : error
      }),
  })
  await auth.signin({})
  backend.delay = 20
  for (const url of ['/me', 'https://stranger.test/']) {
    const controller = new AbortController()
    const reason = new RangeError('mine')
    const answer = auth.fetch(url, { signal: controller.signal })
    setTimeout(() => controller.abort(reason))
    await assert.rejects(answer, (error) => error === reason)
  }
})
