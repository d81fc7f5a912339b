// `authfetch/axios` with the real axios. What axios itself does is compared, call by
// call, with what its own fetch adapter does.
import { expect, type JSHandle, type Page } from '@playwright/test'
import type { AxiosResponse } from 'axios'
import { appTest } from '../../servers/adapters.js'
import type { Entry, Faults } from '../../servers/faults/server.js'
import { moduleOf } from '../flows/shared.js'

type App = typeof import('../../pages/adapters/axios/main.js')
type Instance = App['http']

const test = appTest('axios')

async function open(page: Page, server: Faults): Promise<JSHandle<App>> {
  server.route('/guarded/*', async ({ headers, body, json }) => {
    if (headers['authorization'] !== `Bearer ${server.accepted}`) json({ message: 'no' }, 401)
    else json({ length: (await body).length, path: 'guarded' })
  })
  server.route('/text/large', ({ reply }) => reply(200, 'x'.repeat(300_000), { 'content-length': '300000' }))
  server.route('/text/torn', ({ reply }) => reply(200, '{"torn":'))
  server.route('/gone', ({ json }) => json({ message: 'It is gone' }, 410))
  server.route('/broken', ({ json }) => json({ message: 'It is broken' }, 500))
  server.route('/cut', ({ cut }) => cut())
  server.route('/never/*', () => {})
  server.route('/moved', ({ reply }) => reply(302, '', { location: '/gone' }))
  await page.goto(server.origin)
  const app = await moduleOf<App>(page, 'main')
  await app.evaluate(({ auth }) => auth.signin())
  server.log.length = 0
  return app
}

/** Each runs in the page with an instance. What it answers, or throws, is what is compared. */
const calls: Record<string, (http: Instance, app: App) => Promise<unknown>> = {
  json: (http) => http.get('/guarded/json'),
  params: (http) => http.get('/guarded/p', { params: { q: 'Grüße & more', list: [1, 2] } }),
  'an object': (http) => http.post('/guarded/o', { text: 'Grüße' }, { headers: { 'X-Request-Id': 'r-1' } }),
  'a form': (http) => http.post('/guarded/f', new URLSearchParams({ a: '1' })),
  'a multipart form': (http) => {
    const data = new FormData()
    data.set('file', new Blob(['abc']), 'a.txt')
    return http.put('/guarded/m', data)
  },
  'a postForm': (http) => http.postForm('/guarded/pf', { a: 1, b: [2, 3] }),
  bytes: (http) => http.patch('/guarded/b', new Uint8Array([1, 2, 3])),
  blob: (http) => http.get('/guarded/blob', { responseType: 'blob' }),
  buffer: (http) => http.get('/guarded/buffer', { responseType: 'arraybuffer' }),
  stream: async (http) => {
    const { data } = await http.get('/guarded/stream', { responseType: 'stream' })
    return new Response(data).text()
  },
  head: (http) => http.head('/guarded/head'),
  delete: (http) => http.delete('/guarded/delete', { data: { why: 'so' } }),
  'a base URL': (http) => http.get('based', { baseURL: '/guarded' }),
  'a 410': (http) => http.get('/gone'),
  'a 500': (http) => http.get('/broken'),
  'a 410 that is fine': (http) => http.get('/gone', { validateStatus: (status) => status === 410 }),
  'a redirect': (http) => http.get('/moved'),
  'a redirect that is not followed': (http) => http.get('/moved', { maxRedirects: 0 }),
  'a connection that breaks off': (http) => http.get('/cut'),
  'JSON that is torn': (http) =>
    http.get('/text/torn', { responseType: 'json', transitional: { silentJSONParsing: false } }),
  'too long an answer': (http) => http.get('/text/large', { maxContentLength: 1000 }),
  'too long a body': (http) => http.post('/guarded/long', 'x'.repeat(2000), { maxBodyLength: 1000 }),
  'a timeout': (http) => http.get('/never/ends', { timeout: 50 }),
  'a timeout with words of its own': (http) =>
    http.get('/never/ends', {
      timeout: 50,
      timeoutErrorMessage: 'Too slow',
      transitional: { clarifyTimeoutError: true },
    }),
  'an abort': async (http) => {
    const controller = new AbortController()
    const request = http.get('/never/ends', { signal: controller.signal })
    setTimeout(() => controller.abort(), 20)
    return request
  },
  'an abort ahead of time': (http) => http.get('/guarded/aborted', { signal: AbortSignal.abort() }),
  'a cancel token': async (http, { axios }) => {
    const { token, cancel } = axios.CancelToken.source()
    const request = http.get('/never/ends', { cancelToken: token })
    setTimeout(() => cancel('The user has left'), 20)
    return request
  },
  'basic auth': (http) => http.get('/guarded/basic', { auth: { username: 'ada', password: 'lovelace' } }),
  credentials: (http) => http.get('/guarded/credentials', { withCredentials: true }),
  transforms: (http) =>
    http.post('/guarded/t', 'in', {
      transformRequest: (data: string) => `${data}+out`,
      transformResponse: (data: string) => `transformed ${data}`,
    }),
  'an interceptor that throws': async (http) => {
    const number = http.interceptors.response.use(() => {
      throw new Error('thrown by an interceptor')
    })
    return http.get('/guarded/i').finally(() => http.interceptors.response.eject(number))
  },
  'download progress': async (http) => {
    const events: unknown[] = []
    await http.get('/text/large', {
      onDownloadProgress: ({ loaded, total, download }) => events.push({ loaded, total, download }),
    })
    return { last: events.at(-1) }
  },
  'upload progress': async (http) => {
    const events: unknown[] = []
    const { data } = await http.post('/guarded/up', 'y'.repeat(300_000), {
      onUploadProgress: ({ loaded, total, upload }) => events.push({ loaded, total, upload }),
    })
    return { data, last: events.at(-1) }
  },
}

/** Makes one call with one instance, and describes all that its caller can see. */
async function make(app: JSHandle<App>, name: string, which: 'plain' | 'http'): Promise<unknown> {
  return app.evaluate(
    async (app, { source, which }) => {
      const call = (0, eval)(`(${source})`) as (http: Instance, app: App) => Promise<unknown>
      const response = (given: unknown) => {
        const { status, statusText, headers, data, config, request } = given as AxiosResponse
        const { date, ...rest } = { ...headers } as Record<string, unknown>
        return {
          ...{ status, statusText, data, dated: typeof date, rest },
          ...{ kinds: [headers, data, request].map((value) => value?.constructor?.name) },
          asked: [config.url, config.method, config.baseURL],
        }
      }
      try {
        const value = await call(app[which], app)
        return typeof value === 'object' && value && 'status' in value ? response(value) : value
      } catch (thrown) {
        const error = thrown as InstanceType<App['AxiosError']>
        return {
          thrown: [error.name, error.message, error.code, error.status],
          kinds: [app.AxiosError, app.CanceledError].map((kind) => error instanceof kind),
          is: [app.axios.isAxiosError(error), app.axios.isCancel(error)],
          cause: String(error.cause),
          has: ['config', 'request', 'response'].map(
            (key) => `${key}: ${key in error && Boolean(error[key as 'config'])}`,
          ),
          response: error.response && response(error.response),
        }
      }
    },
    { source: String(calls[name]), which },
  )
}

/** What the server saw, without what differs from time to time. */
async function described({ method, path, search, headers, body }: Entry): Promise<object> {
  const type = headers['content-type']
  const boundary = /boundary=(.*)/.exec(type ?? '')?.[1] ?? '\0'
  const text = (await body.catch(() => Buffer.from('broken off'))).toString()
  return {
    ...{ method, path, search: String(search) },
    headers: { ...headers, 'content-type': type?.replace(boundary, '') },
    body: text.replaceAll(boundary, ''),
  }
}

/** Without repetitions: Chromium sends again by itself where a connection that it kept breaks off. */
async function seenBy({ log }: Faults): Promise<object[]> {
  const seen = await Promise.all(log.map(described))
  return seen.filter((entry, i) => JSON.stringify(entry) !== JSON.stringify(seen[i - 1]))
}

for (const protocol of ['HTTP/2', 'HTTP/1.1'] as const)
  test(`every call does what it does with axios alone, with ${protocol}`, async ({
    page,
    server,
    secure,
  }) => {
    const origin = protocol === 'HTTP/2' ? secure : server
    const app = await open(page, origin)
    for (const name of Object.keys(calls))
      await test.step(name, async () => {
        const outcomes: unknown[] = []
        for (const which of ['plain', 'http'] as const) {
          origin.log.length = 0
          const outcome = await make(app, name, which)
          outcomes.push({ outcome, seen: await seenBy(origin) })
        }
        expect(outcomes[1]).toEqual(outcomes[0])
      })
    // What the calls come to at all, so that nothing is compared with nothing.
    expect(await make(app, 'json', 'http')).toMatchObject({ status: 200, data: { path: 'guarded' } })
    expect(await make(app, 'a 410', 'http')).toMatchObject({
      kinds: [true, false],
      response: { status: 410 },
    })
    expect(await make(app, 'a cancel token', 'http')).toMatchObject({ is: [true, true] })
    const upload = await make(app, 'upload progress', 'http')
    // Chromium sends streams with HTTP/2 only, and axios makes a stream of what it watches.
    if (protocol === 'HTTP/2')
      expect(upload).toMatchObject({ data: { length: 300_000 }, last: { loaded: 300_000 } })
    else expect(upload).toMatchObject({ thrown: ['AxiosError', 'Network Error', 'ERR_NETWORK', undefined] })
  })

test('ten requests that meet an expired token share one refresh, and interceptors run once for each', async ({
  page,
  server,
}) => {
  const app = await open(page, server)
  server.revoke()
  const { ran, got } = await app.evaluate(async ({ axios, withAuth, auth }) => {
    const ran = { request: 0, response: 0, error: 0 }
    const http = axios.create({ baseURL: '/guarded/', headers: { 'X-Default': 'kept' }, params: { v: '1' } })
    http.interceptors.request.use((config) => {
      ran.request++
      config.headers.set('X-Intercepted', 'yes')
      return config
    })
    http.interceptors.response.use(
      (response) => {
        ran.response++
        return { ...response, data: { ...response.data, intercepted: true } }
      },
      () => ran.error++,
    )
    if (withAuth(http, auth) !== http) throw new Error('it is another instance')
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => http.post(`items-${i}`, { i }, { params: { i } })),
    )
    return { ran, got: answers.map(({ status, data, config }) => [status, data.intercepted, config.baseURL]) }
  })
  expect(ran).toEqual({ request: 10, response: 10, error: 0 })
  expect(got).toEqual(Array(10).fill([200, true, '/guarded/']))
  expect(server.asked('/refresh')).toHaveLength(1)
  for (let i = 0; i < 10; i++) {
    const sent = server.asked(`/guarded/items-${i}`)
    expect(sent.map(({ headers }) => headers['authorization'] === `Bearer ${server.accepted}`)).toEqual([
      false,
      true,
    ])
    const [first, second] = await Promise.all(sent.map(described))
    expect(second).toMatchObject({
      search: `v=1&i=${i}`,
      headers: { 'x-default': 'kept', 'x-intercepted': 'yes' },
      body: JSON.stringify({ i }),
    })
    expect(sent[0]?.headers['x-intercepted']).toBe('yes')
    expect(first).toMatchObject({ body: JSON.stringify({ i }) })
  }
})

test('a request that waits for the refresh is freed by its signal, its cancel token and its timeout', async ({
  page,
  server,
}) => {
  const app = await open(page, server)
  server.revoke()
  const gate = server.hold('/refresh')
  const waiting = await app.evaluateHandle(({ http, axios }) => {
    const controller = new AbortController()
    const source = axios.CancelToken.source()
    const ends = (request: Promise<unknown>) =>
      request.then(
        () => 'answered',
        (error) => [error.name, error.code, error.message, axios.isCancel(error)],
      )
    return {
      abort: () => controller.abort(),
      cancel: () => source.cancel('The user has left'),
      aborted: ends(http.get('/guarded/aborted', { signal: controller.signal })),
      cancelled: ends(http.get('/guarded/cancelled', { cancelToken: source.token })),
      late: ends(http.get('/guarded/late', { timeout: 300 })),
      staying: ends(http.get('/guarded/staying')),
    }
  })
  await server.seen('/refresh')
  await Promise.all(
    ['aborted', 'cancelled', 'late', 'staying'].map((name) => server.seen(`/guarded/${name}`)),
  )
  const freed = await waiting.evaluate(({ abort, cancel, aborted, cancelled, late }) => {
    abort()
    cancel()
    return Promise.all([aborted, cancelled, late])
  })
  expect(freed).toEqual([
    ['CanceledError', 'ERR_CANCELED', expect.any(String), true],
    ['CanceledError', 'ERR_CANCELED', 'The user has left', true],
    ['AxiosError', 'ETIMEDOUT', 'timeout of 300ms exceeded', false],
  ])
  gate.open()
  expect(await waiting.evaluate(({ staying }) => staying)).toBe('answered')
  expect(server.asked('/refresh')).toHaveLength(1)
  expect(server.asked('/guarded/aborted'), 'and is not sent again').toHaveLength(1)
})

test('an upload whose progress is watched is sent again, whole', async ({ page, secure }) => {
  const app = await open(page, secure)
  secure.revoke()
  const { data, events } = await app.evaluate(async ({ http }) => {
    const events: number[] = []
    const { data } = await http.post('/guarded/up', new Blob(['z'.repeat(200_000)]), {
      onUploadProgress: ({ loaded }) => events.push(loaded),
    })
    return { data, events }
  })
  expect(data).toMatchObject({ length: 200_000 })
  expect(events.at(-1)).toBe(200_000)
  expect(events, 'progress goes on, and never back').toEqual([...events].sort((a, b) => a - b))
  const bodies = await Promise.all(secure.asked('/guarded/up').map(({ body }) => body))
  expect(bodies.map(({ length }) => length)).toEqual([200_000, 200_000])
})

test('a refused refresh is an AxiosError like any, with the AuthError as its cause', async ({
  page,
  server,
}) => {
  const app = await open(page, server)
  server.revoke()
  const leaked = server.secret()
  server.route('/refresh', ({ json }) =>
    json({ error: 'invalid_grant', error_description: `Not ${leaked}`, token: leaked }, 400),
  )
  const failure = await app.evaluate(({ http, axios, AuthError, AxiosError }) =>
    http.get('/guarded/1').catch((error) => ({
      is: [axios.isAxiosError(error), error instanceof AxiosError, error.cause instanceof AuthError],
      ...{ code: error.code, message: error.message, status: error.status },
      response: {
        ...error.response,
        config: error.response.config.url.endsWith(error.config.url),
        request: undefined,
      },
      type: error.response.headers['content-type'],
      cause: { code: error.cause.code, error: error.cause.error, transient: error.cause.transient },
      url: error.config.url,
      text: JSON.stringify(error),
    })),
  )
  expect(failure).toMatchObject({
    is: [true, true, true],
    code: 'refresh_failed',
    message: expect.stringContaining('Failed to refresh token'),
    status: 400,
    response: { status: 400, data: { error: 'invalid_grant' }, config: true },
    type: 'application/json',
    cause: { code: 'refresh_failed', error: 'invalid_grant', transient: false },
    url: '/guarded/1',
  })
  expect(JSON.stringify(failure)).not.toContain(leaked)
})

test('a refresh that fails in passing says so, and without an answer there is no response', async ({
  page,
  server,
}) => {
  const app = await open(page, server)
  server.revoke()
  const ask = () =>
    app.evaluate(({ http }) =>
      http.get('/guarded/1').catch(({ code, status, response, cause }) => ({
        ...{ code, status, transient: cause.transient },
        response: response && response.status,
      })),
    )
  server.once('/refresh', ({ reply }) => reply(503))
  expect(await ask()).toEqual({ code: 'refresh_failed', status: 503, response: 503, transient: true })
  server.route('/refresh', ({ cut }) => cut())
  expect(await ask()).toEqual({
    code: 'refresh_failed',
    status: undefined,
    response: undefined,
    transient: true,
  })
})

test('a request says by itself whether it takes part', async ({ page, server }) => {
  const app = await open(page, server)
  const statuses = (path: string) => server.asked(path).map(({ headers }) => typeof headers['authorization'])
  const ask = (path: string, auth: unknown) =>
    app.evaluate(
      ({ http }, { path, auth }) =>
        http.get(path, { fetchOptions: { auth }, validateStatus: null }).then(({ status }) => status),
      { path, auth },
    )
  expect(await ask('/guarded/never', false)).toBe(401)
  expect(statuses('/guarded/never')).toEqual(['undefined'])
  expect(server.asked('/refresh')).toHaveLength(0)

  server.revoke()
  expect(await ask('/guarded/as-it-is', { refresh: false })).toBe(401)
  expect(statuses('/guarded/as-it-is')).toEqual(['string'])
  expect(server.asked('/refresh')).toHaveLength(0)

  expect(await ask('/guarded/first', { forceRefresh: true })).toBe(200)
  expect(statuses('/guarded/first')).toEqual(['string'])
  expect(server.asked('/refresh')).toHaveLength(1)
})

test('basic auth and an Authorization of its own are left alone', async ({ page, server }) => {
  const app = await open(page, server)
  const statuses = await app.evaluate(({ http }) =>
    Promise.all(
      [{ auth: { username: 'ada', password: 'lovelace' } }, { headers: { Authorization: 'ApiKey own' } }].map(
        (config) =>
          http.get('/guarded/own', { ...config, validateStatus: null }).then(({ status }) => status),
      ),
    ),
  )
  expect(statuses).toEqual([401, 401])
  expect(
    server
      .asked('/guarded/own')
      .map(({ headers }) => headers['authorization'])
      .sort(),
  ).toEqual(['ApiKey own', `Basic ${btoa('ada:lovelace')}`])
  expect(server.asked('/refresh')).toHaveLength(0)
})

test('instances of an instance inherit it', async ({ page, server }) => {
  const app = await open(page, server)
  server.revoke()
  const status = await app.evaluate(
    async ({ http }) => (await http.create({ baseURL: '/guarded' }).get('/3')).status,
  )
  expect(status).toBe(200)
  expect(server.asked('/refresh')).toHaveLength(1)
})
