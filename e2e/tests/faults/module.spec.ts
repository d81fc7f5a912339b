// A module that does not load: a clear error for who needs it, the stored session
// untouched, and another try with the next call.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { dist } from '../../servers/build.js'
import { expect, test } from '../../servers/faults/fixtures.js'
import type { Told } from '../../servers/faults/page.js'
import type { Answer, Faults } from '../../servers/faults/server.js'

const wasm = readFileSync(join(dist, 'authfetch.wasm'))
const html = '<!doctype html><title>app</title>'
const send =
  (status: number, body: string | Buffer, type: string): Answer =>
  ({ reply }) =>
    reply(status, body, { 'content-type': type })

/** How the module is served, and what the error says. */
const faulty: Record<string, [answer: Answer, says: RegExp]> = {
  'not there': [send(404, 'not here', 'text/plain'), /http.*\/authfetch\.wasm: the server answered 404/],
  'a server that fails': [send(503, html, 'text/html'), /http.*\/authfetch\.wasm: the server answered 503/],
  'the page of an app that answers everything': [
    send(200, html, 'text/html'),
    /\/authfetch\.wasm: .* is not WebAssembly but text\/html/,
  ],
  'a page that claims to be WebAssembly': [send(200, html, 'application/wasm'), /\/authfetch\.wasm/],
  nothing: [send(200, '', 'application/wasm'), /\/authfetch\.wasm/],
  'half of it': [send(200, wasm.subarray(0, wasm.length / 2), 'application/wasm'), /\/authfetch\.wasm/],
  'a line that breaks in the middle': [
    async ({ cut, head, write }) => {
      head(200, { 'content-type': 'application/wasm', 'content-length': String(wasm.length) })
      await write(wasm.subarray(0, 100_000).toString('latin1'))
      cut()
    },
    /authfetch\.wasm/,
  ],
  'a line that breaks': [({ cut }) => cut(), /authfetch\.wasm/],
  'a redirect to a page': [
    ({ reply }) => reply(302, '', { location: '/' }),
    /is not WebAssembly but text\/html/,
  ],
}

/** A page on which somebody has signed in before, and the text that is stored of it. */
async function signedInBefore(page: Page, server: Faults): Promise<string> {
  await page.goto(server.origin)
  return page.evaluate(async () => {
    await faults.client().signin()
    return localStorage.getItem('authfetch') ?? ''
  })
}

/** What comes of each call of a client whose module does not load. */
const calls = (page: Page) =>
  page.evaluate(async () => {
    const events: unknown[] = []
    const auth = faults.client({ debug: (event) => events.push(event) })
    const errors = await Promise.all(
      [
        auth.ready,
        auth.fetch('/guarded/x'),
        auth.getToken(),
        auth.getSession(),
        auth.refresh(),
        auth.signin({ password: 'p' }),
        auth.signout(),
        auth.setTokens('token'),
      ].map((call) =>
        call.then(
          () => undefined,
          (error: unknown) => error,
        ),
      ),
    )
    faults.kept.auth = auth
    return {
      errors: errors.map(faults.told),
      stored: localStorage.getItem('authfetch'),
      text: faults.everything([errors, events]),
    }
  })

/** Every call has ended alike, and so. */
function expectEach(errors: Told[], so: { message: RegExp; transient?: boolean }, name?: string): void {
  const [first, ...others] = [...new Set(errors.map((error) => JSON.stringify(error)))]
  const { message, ...rest } = so
  expect.soft(others, name).toEqual([])
  const error = JSON.parse(first ?? '{}') as Told
  expect.soft(error, name).toMatchObject({ name: 'AuthError', code: 'wasm_failed', ...rest })
  expect.soft(error.message, name).toMatch(/^The wasm module could not be started: /)
  expect.soft(error.message, name).toMatch(message)
}

test('a module that does not load is named, and tried again with the next call', async ({ page, server }) => {
  const stored = await signedInBefore(page, server)
  const served = send(200, wasm, 'application/wasm')
  for (const [name, [answer, says]] of Object.entries(faulty)) {
    server.route('/authfetch.wasm', answer)
    await page.reload()
    const got = await calls(page)
    expectEach(got.errors, { transient: true, message: says }, name)
    expect.soft(got.stored, `${name}: the session stays`).toBe(stored)
    for (const secret of server.secrets)
      expect.soft(got.text.includes(secret), `${name}: a token is told`).toBe(false)

    server.route('/authfetch.wasm', served)
    const then = await page.evaluate(async () => (await faults.kept.auth.fetch('/guarded/x')).status)
    expect.soft(then, `${name}: the next call`).toBe(200)
  }
})

test('a module of the right type is compiled while it arrives, and one of another type all the same', async ({
  page,
  server,
}) => {
  await signedInBefore(page, server)
  await page.addInitScript(() => {
    const { compile, compileStreaming } = WebAssembly
    const used: string[] = (Reflect.set(globalThis, 'used', []), Reflect.get(globalThis, 'used'))
    WebAssembly.compile = (bytes) => (used.push('compile'), compile(bytes))
    WebAssembly.compileStreaming = (source) => (used.push('compileStreaming'), compileStreaming(source))
  })
  const types = {
    'application/wasm': 'compileStreaming',
    'APPLICATION/WASM': 'compileStreaming',
    'application/octet-stream': 'compile',
    'text/plain': 'compile',
    'application/wasm; charset=utf-8': 'compile',
  }
  for (const [type, how] of Object.entries(types)) {
    server.route('/authfetch.wasm', send(200, wasm, type))
    await page.reload()
    const status = await page.evaluate(async () => (await faults.client().fetch('/guarded/x')).status)
    expect.soft(status, type).toBe(200)
    expect.soft(await page.evaluate(() => Reflect.get(globalThis, 'used') as string[]), type).toEqual([how])
  }
})

test('a module that never comes keeps nobody who aborts', async ({ page, server }) => {
  server.route('/authfetch.wasm', () => {})
  await page.goto(server.origin)
  const outcome = await page.evaluate(async () => {
    const signal = AbortSignal.timeout(50)
    const auth = faults.client()
    const aborted = await auth.fetch('/open/x', { signal }).catch((error: unknown) => error === signal.reason)
    const closed = auth.getToken().catch((error: unknown) => faults.told(error).code)
    auth.close()
    return [aborted, await closed]
  })
  expect(outcome).toEqual([true, 'closed'])
})

test('what is given with the option `wasm` and is no module is named', async ({ page, server }) => {
  await page.goto(server.origin)
  const got = await page.evaluate(async () => {
    const given = {
      bytes: new ArrayBuffer(64),
      refused: Promise.reject(new RangeError('no module today')),
      address: '/elsewhere.wasm',
      missing: fetch('/missing.wasm'),
      nothing: Promise.resolve(undefined),
    }
    const results: Record<string, unknown> = {}
    for (const [name, wasm] of Object.entries(given)) {
      const auth = faults.client({ wasm: wasm as ArrayBuffer })
      results[name] = await auth.ready.then(() => 'ready', faults.told)
    }
    return results
  })
  const failed = (says: RegExp) => ({ code: 'wasm_failed', message: says })
  expect(got).toMatchObject({
    bytes: failed(/magic/),
    refused: failed(/no module today/),
    address: failed(/\/elsewhere\.wasm: the server answered 404/),
    missing: failed(/\/missing\.wasm.*404|404 for .*\/missing\.wasm/),
    nothing: failed(/`wasm`/),
  })
})

/** Serves the page with a Content-Security-Policy. */
function guarded(server: Faults, policy: string): void {
  const page = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/kit.js"></script>'
  server.route('/guarded', ({ reply }) =>
    reply(200, page, { 'content-type': 'text/html', 'content-security-policy': policy }),
  )
}

test('a Content-Security-Policy that forbids WebAssembly is named, with what it must allow', async ({
  page,
  server,
}) => {
  const stored = await signedInBefore(page, server)
  guarded(server, "default-src 'self'; img-src data:")
  await page.goto(`${server.origin}/guarded`)
  const got = await calls(page)
  const says = /Content-Security-Policy must allow 'wasm-unsafe-eval' in script-src/
  expectEach(got.errors, { transient: false, message: says })
  expect(got.stored).toBe(stored)
})

test("a strict Content-Security-Policy with 'wasm-unsafe-eval' is enough", async ({
  page,
  server,
  lines,
}) => {
  await signedInBefore(page, server)
  guarded(
    server,
    "default-src 'none'; connect-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src data:",
  )
  await page.goto(`${server.origin}/guarded`)
  expect(await page.evaluate(async () => (await faults.client().fetch('/guarded/x')).status)).toBe(200)
  expect(lines).toEqual([])
})

test('a Content-Security-Policy that forbids fetching the module names the module', async ({
  page,
  server,
}) => {
  guarded(server, "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; img-src data:")
  await page.goto(`${server.origin}/guarded`)
  const { errors } = await calls(page)
  expectEach(errors, { message: /\/authfetch\.wasm/ })
})

test('a browser without WebAssembly is told so', async ({ page, server }) => {
  const stored = await signedInBefore(page, server)
  await page.addInitScript(() => {
    delete (globalThis as { WebAssembly?: unknown }).WebAssembly
  })
  await page.reload()
  const got = await calls(page)
  expectEach(got.errors, { message: /runs no WebAssembly/ })
  expect(got.stored).toBe(stored)
})
