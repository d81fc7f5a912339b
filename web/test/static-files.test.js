import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test, after } from 'node:test'
import { startServer } from './client.js'

let root

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'authfetch-web-'))
  await mkdir(join(root, 'page'))
  await writeFile(join(root, 'secret.txt'), 'secret')
  await writeFile(join(root, 'page', 'index.html'), '<!doctype html><title>page</title>')
  await writeFile(join(root, 'page', 'app.js'), `// ${'x'.repeat(2000)}`)
  await writeFile(join(root, 'page', 'module.wasm'), Buffer.from([0, 0x61, 0x73, 0x6d]))
})

after(() => rm(root, { recursive: true }))

const start = (t, options) => startServer(t, { folders: { '/pages/': join(root, 'page') }, ...options })

test('files come with their type and a strict policy', async (t) => {
  const { get } = await start(t)
  for (const [name, type] of [
    ['', 'text/html; charset=utf-8'],
    ['index.html', 'text/html; charset=utf-8'],
    ['app.js', 'text/javascript; charset=utf-8'],
    ['module.wasm', 'application/wasm'],
  ]) {
    const response = await get(`/pages/${name}`)
    assert.equal(response.status, 200, name)
    assert.equal(response.headers.get('content-type'), type)
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
    const policy = response.headers.get('content-security-policy')
    assert.match(policy, /script-src 'self' 'wasm-unsafe-eval'(;|$)/)
    assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'/)
  }
})

test('a view of the application gets its page, a missing file does not', async (t) => {
  const { get } = await start(t)
  const html = { headers: { Accept: 'text/html' } }
  assert.match(await (await get('/pages/signin?from=x', undefined, html)).text(), /<title>page/)
  assert.equal((await get('/pages/missing.js', undefined, html)).status, 404)
  assert.equal((await get('/pages/signin')).status, 404)
})

test('an unchanged file is not sent again', async (t) => {
  const { get } = await start(t)
  const first = await get('/pages/app.js')
  const again = await get('/pages/app.js', undefined, {
    headers: { 'If-None-Match': first.headers.get('etag') },
  })
  assert.equal(again.status, 304)
})

for (const path of [
  '/pages/../secret.txt',
  '/pages/..%2fsecret.txt',
  '/pages/%2e%2e/secret.txt',
  '/pages/%',
]) {
  test(`no path leads out of the folder: ${path}`, async (t) => {
    const { server } = await start(t)
    assert.equal(await rawStatus(server.origin, path), 404)
  })
}

test('the policy can be another one', async (t) => {
  const { get } = await start(t, { contentSecurityPolicy: false })
  assert.equal((await get('/pages/app.js')).headers.get('content-security-policy'), null)
})

test('a port that is taken leads to the next one', async (t) => {
  const { server } = await startServer(t)
  const port = Number(new URL(server.origin).port)
  await assert.rejects(startServer(t, { port }), { code: 'EADDRINUSE' })
  const { server: next } = await startServer(t, { port, nextFree: true })
  assert.ok(Number(new URL(next.origin).port) > port)
})

/** fetch would tidy the path up before it is sent. */
function rawStatus(origin, path) {
  const { hostname, port } = new URL(origin)
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers: { Accept: 'text/html' } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })
}
