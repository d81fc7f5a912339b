// Runs the projects of e2e/hosts: each is built by its own tool, and then served by
// its own server or as plain files, beside an API that expires tokens.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serve } from './flows/kit.js'
import { TokenBook, api, credential } from './flows/tokens.js'

export const folderOf = (/** @type {string} */ host) =>
  fileURLToPath(new URL(`../hosts/${host}/`, import.meta.url))

/** An API on an origin of its own: sign-in, a refresh that rotates, and what the flows' API has. */
export async function startApi() {
  const tokens = new TokenBook()
  const answer = (/** @type {ReturnType<TokenBook['signin']>} */ granted) =>
    granted
      ? {
          body: {
            access_token: granted.access,
            refresh_token: granted.refresh,
            expires_in: granted.expiresIn,
          },
        }
      : { status: 401, body: { error: 'invalid_grant' } }
  const backend = await serve(
    (request) => {
      const { path, body } = request
      if (path === '/signin') return answer(tokens.signin(body.username, body.password))
      if (path === '/refresh') return answer(tokens.renew(body.refresh_token))
      if (path === '/expire') {
        tokens.expire()
        return {}
      }
      const user = tokens.userOf(credential(request.headers.authorization))
      return user ? api(request, user) : { status: 401, body: { error: 'unauthorized' } }
    },
    { cors: true },
  )
  return { ...backend, tokens }
}

/** Whatever these tools print and ask for is off: they neither tell nor fetch anything. */
const quiet = { NEXT_TELEMETRY_DISABLED: '1', CI: '1', NO_COLOR: '1', BROWSER: 'none' }

/** Runs a script of a host's package.json to its end, and resolves to what it printed. */
export async function run(
  /** @type {string} */ host,
  /** @type {string} */ script,
  /** @type {string[]} */ ...args
) {
  const child = spawn('npm', ['run', '--silent', script, '--', ...args], {
    cwd: folderOf(host),
    env: { ...process.env, ...quiet },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  child.stdout.on('data', (data) => (out += data))
  let err = ''
  child.stderr.on('data', (data) => (err += data))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${host}: npm run ${script} ended with ${code}\n${out}\n${err}`)
  return out
}

/**
 * Starts a server of a host's own, by a tool in its `node_modules`, and resolves
 * once it says where it listens.
 */
export async function startTool(
  /** @type {string} */ host,
  /** @type {string} */ bin,
  /** @type {string[]} */ ...args
) {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address())
  await new Promise((resolve) => probe.close(resolve))
  const child = spawn(process.execPath, [bin, ...args, '--port', String(port)], {
    cwd: folderOf(host),
    env: { ...process.env, ...quiet },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  const said = new Promise((resolve, reject) => {
    const hear = (/** @type {Buffer} */ data) => {
      out += data
      if (out.includes(`:${port}`) && /ready/i.test(out)) resolve(undefined)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('exit', (code) => reject(new Error(`${host}: ${bin} ended with ${code}\n${out}`)))
  })
  await said
  return {
    url: `http://localhost:${port}`,
    async close() {
      if (child.exitCode !== null) return
      child.kill()
      await once(child, 'exit')
    },
  }
}

/** @type {Record<string, string>} */
const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}

/**
 * Serves a folder of a host as a careful server would: with the strictest
 * Content-Security-Policy that its application can do with.
 */
export async function serveFolder(
  /** @type {string} */ host,
  /** @type {string} */ folder,
  /** @type {string} */ apiUrl,
  { scripts = "'self' 'wasm-unsafe-eval'" } = {},
) {
  const root = join(folderOf(host), folder)
  const files = new Map()
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const name = relative(root, path).split(sep).join('/')
    if (entry.isFile() && !name.startsWith('node_modules/')) files.set(`/${name}`, await readFile(path))
  }
  const policy = [
    "default-src 'none'",
    `script-src ${scripts}`,
    "worker-src 'self'",
    `connect-src 'self' ${apiUrl}`,
    "img-src 'self'",
    "base-uri 'none'",
  ].join('; ')
  /** @type {string[]} */
  const log = []
  const server = createServer(({ url }, answer) => {
    const { pathname } = new URL(url ?? '/', 'http://localhost')
    const path = pathname === '/' ? '/index.html' : pathname
    log.push(path)
    if (path === '/icon.svg') {
      answer
        .writeHead(200, { 'Content-Type': types['.svg'] })
        .end('<svg xmlns="http://www.w3.org/2000/svg"/>')
      return
    }
    const content = files.get(path)
    const headers = {
      'Content-Type': types[extname(path)] ?? 'text/plain',
      'Content-Security-Policy': policy,
    }
    answer.writeHead(content ? 200 : 404, headers).end(content ?? 'Not found')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return {
    url: `http://127.0.0.1:${port}`,
    /** The paths that were asked for, in order. */
    log,
    /** The files, by path; what a test puts in place of one is served. */
    files,
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}
