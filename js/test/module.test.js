import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { client, server } from './kit.js'

const wasm = new URL('../dist/authfetch.wasm', import.meta.url)

/** Has the next module's calls of JavaScript throw once `broken` is set: it traps. */
function breakable(t) {
  const control = { broken: false, started: 0 }
  const { instantiate } = WebAssembly
  t.after(() => (WebAssembly.instantiate = instantiate))
  WebAssembly.instantiate = (module, imports) => {
    if (!imports?.gojs) return instantiate(module, imports) // Node's own modules
    control.started++
    const space = imports.gojs
    for (const name of Object.keys(space))
      if (/valueCall$/.test(name)) {
        const original = space[name]
        space[name] = (...args) => {
          if (control.broken) throw new WebAssembly.RuntimeError('unreachable')
          return original(...args)
        }
      }
    return instantiate(module, imports)
  }
  return control
}

test('importing the package does nothing, and makes no global', () => {
  const script = `
    const before = Object.getOwnPropertyNames(globalThis).join()
    globalThis.fetch = () => { throw new Error('fetched') }
    WebAssembly.compile = WebAssembly.instantiate = () => { throw new Error('compiled') }
    const { createAuth, auth } = await import('./dist/authfetch.js')
    createAuth({ baseUrl: 'https://api.test', signin: '/signin', refresh: '/refresh' })
    if (Object.getOwnPropertyNames(globalThis).join() !== before) throw new Error('a global was made')
    console.log(typeof auth.fetch)`
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: new URL('..', import.meta.url),
    encoding: 'utf8',
  })
  assert.equal(out.trim(), 'function')
})

test('running the module makes no global either', () => {
  const script = `
    const { createAuth } = await import('./dist/authfetch.js')
    const before = Object.getOwnPropertyNames(globalThis).join()
    const auth = createAuth({ baseUrl: 'https://api.test' })
    await auth.ready
    console.log(Object.getOwnPropertyNames(globalThis).join() === before)
    auth.close()`
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: new URL('..', import.meta.url),
    encoding: 'utf8',
  })
  assert.equal(out.trim(), 'true')
})

test('a module that dies rejects what waits, and starts again with the next call', async (t) => {
  const control = breakable(t)
  const backend = server()
  const texts = new Map()
  const storage = {
    get: (key) => texts.get(key),
    set: (key, text) => texts.set(key, text),
    remove: (key) => texts.delete(key),
  }
  // The module is shared by the clients of this process: a death makes the next one breakable.
  const first = client(t, backend, { name: 'dies', storage })
  await first.ready
  for (let round = 0; ; round++) {
    await first.signin({}).catch(() => {})
    if (control.started) break
    assert.ok(round < 1)
    await kill(first)
  }
  await first.signin({})
  backend.access = 'revoked'
  backend.delay = 30
  const waiting = [first.fetch('/a'), first.fetch('/b')]
  while (!backend.asked('/refresh').length) await new Promise((resolve) => setTimeout(resolve, 1))
  control.broken = true
  const outcomes = await Promise.allSettled(waiting)
  assert.deepEqual(
    outcomes.map((outcome) => outcome.reason?.code),
    ['wasm_failed', 'wasm_failed'],
  )
  control.broken = false
  backend.delay = 0
  backend.refresh = 'refresh-' + backend.count
  assert.equal(
    (await first.getSession()).accessToken,
    'access-' + (backend.count - 1),
    'the session was in the storage',
  )
})

/** Ends the module that runs, whoever started it. */
async function kill(auth) {
  const { parse } = JSON
  JSON.parse = () => {
    throw new WebAssembly.RuntimeError('unreachable')
  }
  await auth.setTokens('x').catch(() => {})
  JSON.parse = parse
}

test('what cannot be a module is named', async () => {
  const cases = [
    [
      'new Response("<!doctype html>", { headers: { "content-type": "text/html" } })',
      /not WebAssembly but text\/html/,
    ],
    ['new Response("gone", { status: 404 })', /the server answered 404/],
    ['Promise.reject(new TypeError("Failed to fetch"))', /Failed to fetch/],
    ['new ArrayBuffer(8)', /could not be started/],
  ]
  for (const [source, message] of cases) {
    const script = `
      const { createAuth } = await import('./dist/authfetch.js')
      const auth = createAuth({ baseUrl: 'https://api.test', wasm: ${source}, fetch: async () => new Response('raw') })
      await auth.fetch('/me').catch((error) => console.log(error.name, error.code, error.message))
      console.log(await (await auth.fetch('https://elsewhere.test/')).text())
      console.log(await (await auth.fetch('/me', { headers: { Authorization: 'Basic x' } })).text())
      console.log(await (await auth.fetch('/me', { auth: false })).text())`
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: new URL('..', import.meta.url),
      encoding: 'utf8',
    })
    assert.match(out, /^AuthError wasm_failed /, source)
    assert.match(out, message, source)
    assert.match(out, /\nraw\nraw\nraw\n$/, `${source}: a request that wants no token needs no module`)
  }
})

test('the module may be given as bytes, as a compiled module or as a response', async (t) => {
  const bytes = readFileSync(wasm)
  for (const source of [
    bytes,
    await WebAssembly.compile(bytes),
    new Response(bytes, { headers: { 'content-type': 'application/wasm' } }),
  ])
    await client(t, server(), { wasm: source }).ready
})

test('Node finds the module also where jsdom and its like make it look like a page', () => {
  const script = `
    globalThis.document = Object.assign(new EventTarget(), { baseURI: 'http://localhost:3000/', visibilityState: 'visible' })
    globalThis.addEventListener = globalThis.removeEventListener = () => {}
    const { createAuth } = await import('./dist/authfetch.js')
    const auth = createAuth({ storage: 'memory' })
    await auth.ready
    console.log('ready')
    auth.close()`
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: new URL('..', import.meta.url),
    encoding: 'utf8',
  })
  assert.equal(out.trim(), 'ready')
})
