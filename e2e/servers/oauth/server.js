// Two origins on two sites: the authorization server, and the application with its
// API. As a program of its own it can be started with another clock:
// node server.js SECONDS prints both addresses.
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { dist } from '../build.js'
import { createProvider } from './provider.js'

const folder = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url))
const pages = folder('../../pages/oauth/')
const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html; charset=utf-8' }

/** @param {{ accessTokenTtl?: number }} [options] */
export async function start(options = {}) {
  const [backend, site] = [
    createServer({ keepAliveTimeout: 120_000 }),
    createServer({ keepAliveTimeout: 120_000 }),
  ]
  const issuer = `http://localhost:${await listen(backend)}`
  const app = `http://127.0.0.1:${await listen(site)}`
  const server = createProvider({
    issuer,
    redirectUris: [`${app}/`, `${app}/popup.html`],
    logoutUris: [`${app}/?bye`],
    ...options,
  })
  /** What came to the API. @type {{ path: string, status: number, token: string | undefined }[]} */
  const requests = []
  backend.on(
    'request',
    (req, res) => void server.handle(req, res).catch(() => res.writeHead(400).end('This page is over.')),
  )
  site.on('request', async (req, res) => {
    const { pathname } = new URL(req.url ?? '/', app)
    if (!pathname.startsWith('/api/')) {
      await serveFile(pathname, res)
      return
    }
    const token = /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1]
    const kept = token && (await server.provider.AccessToken.find(token))
    const found = kept && !kept.isExpired ? kept : undefined
    const status = found ? 200 : 401
    requests.push({ path: pathname, status, token })
    res.writeHead(status, { 'Content-Type': 'application/json' })
    res.end(JSON.stringify({ sub: found ? found.accountId : null }))
  })
  return {
    ...server,
    issuer,
    app,
    requests,
    async close() {
      for (const one of [backend, site]) {
        one.closeAllConnections()
        await new Promise((done) => one.close(done))
      }
    },
  }
}

async function listen(/** @type {import('node:http').Server} */ server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port
}

async function serveFile(
  /** @type {string} */ pathname,
  /** @type {import('node:http').ServerResponse} */ res,
) {
  const file = pathname.startsWith('/package/')
    ? join(dist, pathname.slice('/package/'.length))
    : join(pages, extname(pathname) ? pathname : 'index.html')
  const content = await readFile(file).catch(() => undefined)
  res.writeHead(content ? 200 : 404, { 'Content-Type': TYPES[extname(file)] ?? 'text/plain' })
  res.end(content)
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { now } = Date
  const offset = Number(process.argv[2]) * 1000
  Date.now = () => now() + offset
  const { issuer, app } = await start({ accessTokenTtl: 120 })
  console.log(JSON.stringify({ issuer, app }))
}
