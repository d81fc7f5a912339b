// What the browser refuses it refuses in its own words, and without a request.
import { expect, test } from '../../servers/faults/fixtures.js'
import { make, same, takeLog, type Calls } from './side-by-side.js'

const wrong: Calls = {
  'no arguments': () => [],
  'no host': () => ['http://'],
  'a broken address': () => ['http://['],
  'an unknown scheme': () => ['nosuch:thing'],
  'a user in the URL': (url) => [url.replace('//', '//user:password@')],
  'a URL that throws': () => [
    {
      toString() {
        throw new RangeError('no URL today')
      },
    },
  ],
  'a symbol': () => [Symbol('no URL')],
  'a GET with a body': (url) => [url, { body: 'b' }],
  'a HEAD with a body': (url) => [url, { method: 'HEAD', body: 'b' }],
  'a GET Request with a body in init': (url) => [new Request(url), { body: 'b' }],
  'a used Request': async (url) => {
    const request = new Request(url, { method: 'POST', body: 'b' })
    await request.text()
    return [request]
  },
  'a Request that is being read': (url) => {
    const request = new Request(url, { method: 'POST', body: 'b' })
    request.body?.getReader()
    return [request]
  },
  'a used Request as init': async (url) => {
    const request = new Request(url, { method: 'POST', body: 'b' })
    await request.text()
    return [url, request]
  },
  'a header name with a blank': (url) => [url, { headers: { 'bad name': '1' } }],
  'a header value with a line break': (url) => [url, { headers: { 'x-own': 'a\nb' } }],
  'a header value beyond Latin-1': (url) => [url, { headers: { 'x-own': '→' } }],
  'headers that are no pairs': (url) => [url, { headers: [['only']] }],
  'headers null': (url) => [url, { headers: null }],
  'a method with a blank': (url) => [url, { method: 'bad method' }],
  'a forbidden method': (url) => [url, { method: 'CONNECT' }],
  'an unknown mode': (url) => [url, { mode: 'loose' }],
  'the mode navigate': (url) => [url, { mode: 'navigate' }],
  'no-cors with a method': (url) => [url, { mode: 'no-cors', method: 'PUT' }],
  'same-origin to another origin': (_, other) => [`${other}/guarded/x`, { mode: 'same-origin' }],
  'unknown credentials': (url) => [url, { credentials: 'some' }],
  'an unknown cache mode': (url) => [url, { cache: 'fridge' }],
  'only-if-cached across origins': (url) => [url, { cache: 'only-if-cached' }],
  'only-if-cached, and it is not': (url) => [url, { cache: 'only-if-cached', mode: 'same-origin' }],
  'an unknown redirect mode': (url) => [url, { redirect: 'perhaps' }],
  'an unknown referrer policy': (url) => [url, { referrerPolicy: 'shy' }],
  'a broken referrer': (url) => [url, { referrer: 'http://[' }],
  'an unknown priority': (url) => [url, { priority: 'urgent' }],
  'a signal that is none': (url) => [url, { signal: {} }],
  'a signal that is a string': (url) => [url, { signal: 'stop' }],
  'an init that is a number': (url) => [url, 7],
  'an init that is a string': (url) => [url, 'POST'],
  'an init whose getter throws': (url) => [
    url,
    {
      get method() {
        throw new RangeError('no method today')
      },
    },
  ],
  'too much for keepalive': (url) => [url, { method: 'POST', keepalive: true, body: 'k'.repeat(70_000) }],
  'a port that is never open': () => ['http://localhost:1/'],
}

/** A body of these is a stream, which HTTP/1.1 cannot send. */
const streams: Calls = {
  'over HTTP/1.1': (url) => [url, { method: 'POST', duplex: 'half', body: new Blob(['b']).stream() }],
  'without duplex': (url) => [url, { method: 'POST', body: new Blob(['b']).stream() }],
  'full duplex': (url) => [url, { method: 'POST', duplex: 'full', body: new Blob(['b']).stream() }],
  'with keepalive': (url) => [
    url,
    { method: 'POST', duplex: 'half', keepalive: true, body: new Blob(['b']).stream() },
  ],
  'without cors': (url) => [
    url,
    { method: 'POST', duplex: 'half', mode: 'no-cors', body: new Blob(['b']).stream() },
  ],
  locked: (url) => {
    const body = new Blob(['b']).stream()
    body.getReader()
    return [url, { method: 'POST', duplex: 'half', body }]
  },
  disturbed: async (url) => {
    const body = new Blob(['b', 'c']).stream()
    const reader = body.getReader()
    await reader.read()
    reader.releaseLock()
    return [url, { method: 'POST', duplex: 'half', body }]
  },
  'of text': (url) => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue('no bytes')
        controller.close()
      },
    })
    return [url, { method: 'POST', duplex: 'half', body }]
  },
}

for (const [title, calls] of Object.entries({ arguments: wrong, streams }))
  test(`wrong ${title} are refused as window.fetch refuses them, also while the module loads`, async ({
    page,
    server,
    other,
  }) => {
    // What a browser does not refuse is answered alike, with a token and without.
    server.route('/guarded/*', async ({ body, reply }) => {
      await body
      reply(200, 'not refused')
    })
    await page.goto(server.origin)
    await takeLog(server)
    const place = { base: `${server.origin}/guarded/`, other: other.origin }
    const expected = await make(page, calls, 'window', place)
    const sent = await takeLog(server, other)

    const loaded = server.hold('/authfetch.wasm')
    await page.evaluate((other) => {
      const origins = [location.origin, other, 'http://localhost:1']
      faults.kept.auth = faults.client({ origins })
    }, other.origin)
    const early = make(page, calls, 'auth', place)
    await server.seen('/authfetch.wasm')
    loaded.open()
    same('while the module loads', await early, expected)
    await page.evaluate(() => faults.kept.auth.signin())
    await takeLog(server, other)

    same('with a token', await make(page, calls, 'auth', place), expected)
    expect(await takeLog(server, other), 'what was sent').toEqual(sent)
  })
