// What the server sees of auth.fetch is what it sees of window.fetch, but for the
// token: also of the second sending, after a 401.
import { expect, signedIn, test } from '../../servers/faults/fixtures.js'
import { make, same, takeLog, type Calls } from './side-by-side.js'

const shapes: Calls = {
  'a string': (url) => [url],
  'a relative URL': (url) => [new URL(url).pathname],
  'a URL object': (url) => [new URL(url)],
  'a query and a fragment': (url) => [`${url}?q=a%20b&q=%C3%A4#part`],
  'an object that turns into a URL': (url) => [{ toString: () => url }],
  'an empty init': (url) => [url, {}],
  'init undefined': (url) => [url, undefined],
  'init null': (url) => [url, null],
  'a Request': (url) => [new Request(url, { headers: { 'x-own': '1' } })],
  'a Request with an init': (url) => [
    new Request(url, { headers: { 'x-own': '1' }, method: 'POST', body: 'old' }),
    { method: 'PUT', body: 'new', headers: { 'x-new': '2' } },
  ],
  'a Request with auth in its init': (url) => [
    new Request(url, { method: 'POST', body: 'kept', referrer: '/from' }),
    { auth: { refresh: true } },
  ],
  'a Request as init': (url) => [
    url,
    new Request('/elsewhere', { headers: { 'x-own': '1' }, method: 'DELETE' }),
  ],
  'a class instance as init': (url) => {
    class Init {
      get method() {
        return 'PUT'
      }
      get body() {
        return 'from a getter'
      }
      get headers() {
        return { 'x-own': '1' }
      }
    }
    return [url, new Init()]
  },
  'an init that inherits': (url) => [url, Object.create({ method: 'POST', body: 'inherited' })],
  'an init without prototype': (url) => [
    url,
    Object.assign(Object.create(null), { method: 'POST', body: 'bare' }),
  ],
  'headers as an array': (url) => [
    url,
    {
      headers: [
        ['x-own', '1'],
        ['X-Own', '2'],
      ],
    },
  ],
  'headers as Headers': (url) => [url, { headers: new Headers({ 'x-own': '1', accept: 'text/plain' }) }],
  'headers as an object': (url) => [url, { headers: { 'X-OWN': '1', 'accept-language': 'tlh' } }],
  'a custom method': (url) => [url, { method: 'PURGE' }],
  'a method in lower case': (url) => [url, { method: 'patch', body: 'p' }],
  'a lower-case post': (url) => [url, { method: 'post', body: 'p' }],
  'a Request as init, with all that it holds': (url) => [
    url,
    new Request('/elsewhere', {
      referrer: '/from/here',
      referrerPolicy: 'unsafe-url',
      cache: 'reload',
      credentials: 'omit',
    }),
  ],
  'members that no browser knows': (url) => [url, { duplex: 'half', nonsense: 1, referrer: '/from/here' }],
  'members that are new': (url) => [url, { targetAddressSpace: 'unknown', referrer: '/from/here' }],
  'a class instance that holds more': (url) => {
    class Init {
      referrer = '/from/here'
      nonsense = 1
      get method() {
        return 'PUT'
      }
    }
    return [url, new Init()]
  },
  'a Request of another realm': (url) => {
    const frame = document.body.appendChild(document.createElement('iframe'))
    const { Request } = frame.contentWindow as unknown as typeof globalThis
    return [new Request(url, { method: 'POST', body: 'foreign', headers: { 'x-own': '1' } })]
  },
}

const bodies: Calls = {
  'a string': (url) => [url, { method: 'POST', body: 'söme\r\ntext' }],
  'an empty string': (url) => [url, { method: 'POST', body: '' }],
  'no body': (url) => [url, { method: 'POST' }],
  null: (url) => [url, { method: 'POST', body: null }],
  'a number': (url) => [url, { method: 'POST', body: 42 }],
  URLSearchParams: (url) => [url, { method: 'POST', body: new URLSearchParams({ a: '1 ä', b: '&' }) }],
  'a Blob': (url) => [url, { method: 'POST', body: new Blob(['blob'], { type: 'text/x-blob' }) }],
  'a File': (url) => [url, { method: 'PUT', body: new File(['file'], 'name.bin') }],
  'a large Blob': (url) => [url, { method: 'POST', body: new Blob([new Uint8Array(3 << 20).fill(5)]) }],
  'an ArrayBuffer': (url) => [
    url,
    { method: 'POST', body: Uint8Array.from({ length: 70000 }, (_, i) => i * 7).buffer },
  ],
  'a view with an offset': (url) => [
    url,
    { method: 'POST', body: new Uint16Array(Uint8Array.from({ length: 64 }, (_, i) => i).buffer, 8, 9) },
  ],
  'a DataView': (url) => [
    url,
    { method: 'POST', body: new DataView(Uint8Array.from({ length: 64 }, (_, i) => i).buffer, 3, 11) },
  ],
  FormData: (url) => {
    const form = new FormData()
    form.append('text', 'söme\r\ntext')
    form.append('same', '1')
    form.append('same', '2')
    form.append(
      'file',
      new File([new Uint8Array(3000).fill(13)], 'ä "quoted".bin', { type: 'application/x-bin' }),
    )
    form.append('blob', new Blob(['b']), 'renamed.txt')
    form.append('empty', new File([], ''))
    return [url, { method: 'POST', body: form }]
  },
  'a type of its own': (url) => [
    url,
    { method: 'POST', body: new URLSearchParams('a=1'), headers: { 'content-type': 'x/y' } },
  ],
  'a Request with a string': (url) => [new Request(url, { method: 'POST', body: 'söme' })],
  'a Request with bytes': (url) => [
    new Request(url, { method: 'POST', body: new Uint8Array(70000).fill(3) }),
  ],
  'a Request with a Blob': (url) => [
    new Request(url, { method: 'POST', body: new Blob(['blob'], { type: 'a/b' }) }),
  ],
  'a Request with FormData': (url) => {
    const form = new FormData()
    form.append('file', new File([new Uint8Array(3000).fill(13)], 'f.bin'))
    // Kept, as js/docs/browsers.md tells: WebKit's Requests lose the files of a form that is forgotten.
    faults.kept['form'] = form
    return [new Request(url, { method: 'POST', body: form })]
  },
  'a Request and a body in init': (url) => [
    new Request(url, { method: 'POST' }),
    { body: new URLSearchParams('a=1') },
  ],
}

/** The caller goes on to use what it has passed: fetch has read it when it returns. */
const changes: Calls = {
  'a typed array': (url) => {
    const body = new Uint8Array([1, 2, 3])
    return [url, { method: 'POST', body }, () => body.fill(9)]
  },
  'an ArrayBuffer': (url) => {
    const body = new Uint8Array([1, 2, 3]).buffer
    return [url, { method: 'POST', body }, () => new Uint8Array(body).fill(9)]
  },
  'an ArrayBuffer that is transferred': (url) => {
    const body = new Uint8Array([1, 2, 3]).buffer
    return [url, { method: 'POST', body }, () => structuredClone(body, { transfer: [body] })]
  },
  URLSearchParams: (url) => {
    const body = new URLSearchParams('a=1')
    return [url, { method: 'POST', body }, () => body.set('a', '9')]
  },
  FormData: (url) => {
    const body = new FormData()
    body.set('a', '1')
    return [url, { method: 'POST', body }, () => body.set('a', '9')]
  },
  Headers: (url) => {
    const headers = new Headers({ 'x-own': '1' })
    return [url, { headers }, () => headers.set('x-own', '9')]
  },
  'a headers object': (url) => {
    const headers = { 'x-own': '1' }
    return [url, { headers }, () => (headers['x-own'] = '9')]
  },
  'the init': (url) => {
    const init = { method: 'PUT', body: 'before' }
    return [url, init, () => Object.assign(init, { method: 'DELETE', body: 'after' })]
  },
  'a URL object': (url) => {
    const input = new URL(url)
    return [input, {}, () => (input.pathname = '/changed')]
  },
  "a Request's headers": (url) => {
    const request = new Request(url, { headers: { 'x-own': '1' } })
    return [request, undefined, () => request.headers.set('x-own', '9')]
  },
}

const members: Calls = {
  'cache: no-store': (url) => [url, { cache: 'no-store' }],
  'cache: reload': (url) => [url, { cache: 'reload' }],
  'cache: no-cache': (url) => [url, { cache: 'no-cache' }],
  'cache: force-cache': (url) => [url, { cache: 'force-cache' }],
  'credentials: omit': (url) => [url, { credentials: 'omit' }],
  'credentials: same-origin': (url) => [url, { credentials: 'same-origin' }],
  'credentials: include': (url) => [url, { credentials: 'include' }],
  'a referrer': (url) => [url, { referrer: '/from/here' }],
  'a referrer, and keepalive': (url) => [
    url,
    { referrer: '/from/here', referrerPolicy: 'unsafe-url', keepalive: true },
  ],
  'a referrer, and a signal': (url) => [
    url,
    { referrer: '/from/here', referrerPolicy: 'unsafe-url', signal: new AbortController().signal },
  ],
  'no referrer': (url) => [url, { referrer: '' }],
  'referrerPolicy: no-referrer': (url) => [url, { referrerPolicy: 'no-referrer' }],
  'referrerPolicy: origin': (url) => [url, { referrerPolicy: 'origin' }],
  'a Request with a referrer': (url) => [
    new Request(url, {
      referrer: '/from/here',
      referrerPolicy: 'unsafe-url',
      credentials: 'omit',
      cache: 'reload',
    }),
  ],
  keepalive: (url) => [url, { method: 'POST', body: 'k', keepalive: true }],
  'mode: same-origin': (url) => [url, { mode: 'same-origin' }],
  'priority: low': (url) => [url, { priority: 'low' }],
  'priority: high': (url) => [url, { priority: 'high' }],
  'a Request with a priority': (url) => [new Request(url, { priority: 'low' })],
  'an Accept of its own': (url) => [url, { headers: { accept: 'text/csv' } }],
}

/** What the browser makes an error of when the server answers 401, too. */
const integrity: Calls = {
  'integrity that fits': (url) => [url, { integrity: 'sha256-0UpYuugEorgLW3agECOciP/KH8eVGpD46RMb7aHiPBs=' }],
  'integrity that does not': (url) => [
    url,
    { integrity: 'sha256-AAAAuugEorgLW3agECOciP/KH8eVGpD46RMb7aHiPBs=' },
  ],
}

const crossings: Calls = {
  cors: (url) => [url],
  'cors with credentials': (url) => [url, { credentials: 'include' }],
  'cors without any': (url) => [url, { credentials: 'omit' }],
  'cors, a body and a header': (url) => [url, { method: 'PUT', body: 'b', headers: { 'x-own': '1' } }],
  'cors, a Request': (url) => [new Request(url, { method: 'POST', body: 'b', credentials: 'include' })],
  'same-origin': (url) => [url, { mode: 'same-origin' }],
  'a referrer': (url) => [url, { referrer: '/from/here', referrerPolicy: 'unsafe-url' }],
}

/** These can carry no token: they go out as they are. */
const opaque: Calls = {
  'no-cors': (url) => [url, { mode: 'no-cors' }],
  'no-cors with credentials': (url) => [url, { mode: 'no-cors', credentials: 'include' }],
  'no-cors, a form': (url) => [url, { mode: 'no-cors', method: 'POST', body: new URLSearchParams('a=1') }],
  'no-cors, a Request': (url) => [new Request(url, { mode: 'no-cors', method: 'POST', body: 'b' })],
  'no-cors in the init of a Request': (url) => [new Request(url), { mode: 'no-cors' }],
}

const tables: Record<string, Calls> = {
  'every shape of arguments': shapes,
  'every kind of body': bodies,
  'every member of init': members,
}

for (const [title, calls] of Object.entries(tables))
  for (const protocol of ['HTTP/1.1', 'HTTP/2'])
    test(`${title} is sent as window.fetch sends it, and again after a 401 (${protocol})`, async ({
      page,
      server: plain,
      secure,
    }) => {
      const server = protocol === 'HTTP/2' ? secure : plain
      // Node's HTTP/1.1 parser knows no `patch`: it answers 400 and cuts the line, and
      // which of the two a browser sees first is chance.
      const rows: typeof calls = { ...calls }
      if (protocol === 'HTTP/1.1') delete rows['a method in lower case']
      const place = { base: `${server.origin}/guarded/` }
      await signedIn(page, server)
      await page.evaluate(() => (document.cookie = 'crumb=1'))

      // Without a token it answers what it answers with the right one.
      let open = true
      server.route('/guarded/*', async ({ body, headers, reply }) => {
        await body
        const fine = open || headers['authorization'] === `Bearer ${server.accepted}`
        reply(fine ? 200 : 401, fine ? 'fine' : 'refused', { 'x-answer': 'yes' })
      })
      await takeLog(server)
      const expected = await make(page, rows, 'window', place)
      const sent = await takeLog(server)

      open = false
      same('what the caller gets', await make(page, rows, 'auth', place), expected)
      same('what the server sees', await takeLog(server), sent)

      server.revoke()
      same('what the caller gets after a 401', await make(page, rows, 'auth', place), expected)
      const { refresh, ...again } = await takeLog(server)
      expect.soft(refresh, 'one refresh').toHaveLength(1)
      const twice = Object.entries(sent).map(([name, [entry]]) => [name, [entry, entry]])
      same('what the server sees, twice', again, Object.fromEntries(twice))
    })

test('what the caller changes after the call is not sent, whatever the call waits for', async ({
  page,
  server,
}) => {
  let open = true
  server.route('/guarded/*', async ({ body, headers, reply }) => {
    await body
    reply(open || headers['authorization'] === `Bearer ${server.accepted}` ? 200 : 401)
  })
  const place = { base: `${server.origin}/guarded/` }
  await signedIn(page, server)
  await takeLog(server)
  await make(page, changes, 'window', place)
  const sent = await takeLog(server)
  const times = (n: number) =>
    Object.fromEntries(
      Object.entries(sent).map(([name, [entry]]) => [name, Array.from({ length: n }, () => entry)]),
    )
  open = false

  // The session is in the storage: this page waits for the module alone.
  const loaded = server.hold('/authfetch.wasm')
  await takeLog(server)
  await page.reload()
  await page.evaluate(() => void (faults.kept.auth = faults.client()))
  const made = make(page, changes, 'auth', place)
  await server.seen('/authfetch.wasm')
  loaded.open()
  await made
  same('while the module loads', await takeLog(server), times(1))

  server.revoke()
  await make(page, changes, 'auth', place)
  same('after a 401', await takeLog(server), times(2))

  // Nothing of what is sent untouched is looked at later, either.
  const foreign = server.hold('/authfetch.wasm')
  await takeLog(server)
  await page.reload()
  await page.evaluate(
    () => void (faults.kept.auth = faults.client({ origins: ['https://elsewhere.example'] })),
  )
  const untouched = make(page, changes, 'auth', place)
  await server.seen('/authfetch.wasm')
  foreign.open()
  await untouched
  same('untouched, while the module loads', await takeLog(server), times(1))
})

test('a relative URL is resolved when the call is made', async ({ page, server }) => {
  const loaded = server.hold('/authfetch.wasm')
  await page.goto(server.origin)
  const answered = page.evaluate(async () => {
    const answer = faults.client().fetch('open/here')
    history.pushState(null, '', '/moved/deep/')
    return (await answer).url
  })
  await server.seen('/authfetch.wasm')
  loaded.open()
  expect(await answered).toBe(`${server.origin}/open/here`)
})

test('requests to another origin cross over as window.fetch has them, with a token where it is one of `origins`', async ({
  page,
  server,
  other,
}) => {
  let open = true
  other.route('/guarded/*', async ({ body, headers, reply }) => {
    await body
    const fine = open || headers['authorization'] === `Bearer ${server.accepted}`
    reply(fine ? 200 : 401, fine ? 'fine' : 'refused', { 'x-answer': 'yes', 'x-hidden': 'yes' })
  })
  await signedIn(page, server, { origins: [server.origin, other.origin] })
  await page.evaluate(() => (document.cookie = 'crumb=1'))
  const place = { base: `${other.origin}/guarded/` }
  const calls = { ...crossings, ...opaque }
  const expected = await make(page, calls, 'window', place)
  const sent = await takeLog(other)

  open = false
  same('what the caller gets', await make(page, calls, 'auth', place), expected)
  same('what the server sees', await takeLog(other), sent)

  server.revoke()
  same('what the caller gets after a 401', await make(page, calls, 'auth', place), expected)
  const twice = Object.entries(sent).map(([name, [entry]]) => [
    name,
    name in opaque ? [entry] : [entry, entry],
  ])
  same('what the server sees, twice', await takeLog(other), Object.fromEntries(twice))

  open = true
  const stranger = await page.evaluate(async () => {
    const origins = [location.origin]
    faults.kept.auth = faults.client({ origins })
    return faults.kept.auth.getToken()
  })
  expect(stranger).toBe(server.accepted)
  same('what the caller gets of a stranger', await make(page, calls, 'auth', place), expected)
  expect(other.log.filter(({ headers }) => headers['authorization'])).toEqual([])
  same('what a stranger sees', await takeLog(other), sent)
})

test('integrity is checked by the browser, and of a 401 too', async ({ page, server }) => {
  let status = 200
  server.route('/guarded/*', ({ reply }) => reply(status, status === 200 ? 'fine' : 'refused'))
  await signedIn(page, server)
  const place = { base: `${server.origin}/guarded/` }
  for (status of [200, 401]) {
    await takeLog(server)
    const expected = await make(page, integrity, 'window', place)
    const sent = await takeLog(server)
    same(`what the caller gets of a ${status}`, await make(page, integrity, 'auth', place), expected)
    same(`what the server sees, answering ${status}`, await takeLog(server), sent)
  }
})
