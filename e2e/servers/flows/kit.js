// What the servers of the flows share: a listener on a random port, bodies, CORS,
// the log that the tests judge by, and the pages, bundled as an application's
// build would do it.
import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { dist, js, thisBuild } from '../build.js'

/**
 * @typedef {{ method: string, path: string, query: Record<string, string>, origin: string | undefined,
 *   headers: import('node:http').IncomingHttpHeaders, type: string, body: any, status?: number }} Entry
 * @typedef {{ status?: number, headers?: Record<string, string | string[]>, body?: unknown }} Answer
 */

/** A folder of pages, a flow's unless its name says otherwise. */
export const folderOf = (/** @type {string} */ name) =>
  fileURLToPath(new URL(`../../pages/${name.includes('/') ? name : `flows/${name}`}/`, import.meta.url))

/**
 * Serves `pages` without a word, and puts every other request into the log once
 * `answer` has decided about it.
 *
 * @param {(request: Entry) => Answer | Promise<Answer>} answer
 * @param {{ cors?: boolean, pages?: Map<string, { type: string, content: string | Uint8Array }> }} [options]
 */
export async function serve(answer, { cors = false, pages = new Map() } = {}) {
  const events = new EventEmitter()
  /** @type {Entry[]} */
  const log = []
  /** @type {{ path: string, held: Promise<void> }[]} */
  const holds = []
  const server = createServer(async (incoming, outgoing) => {
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://localhost')
    const { origin } = incoming.headers
    if (cors && origin) {
      outgoing.setHeader('Access-Control-Allow-Origin', origin)
      outgoing.setHeader('Access-Control-Allow-Credentials', 'true')
      // Without this a page cannot see why a server of another origin refused it.
      outgoing.setHeader('Access-Control-Expose-Headers', 'WWW-Authenticate')
      if (incoming.method === 'OPTIONS') {
        outgoing.setHeader(
          'Access-Control-Allow-Methods',
          incoming.headers['access-control-request-method'] ?? '',
        )
        outgoing.setHeader(
          'Access-Control-Allow-Headers',
          incoming.headers['access-control-request-headers'] ?? '',
        )
        outgoing.writeHead(204).end()
        return
      }
    }
    const page = pages.get(pathname)
    if (page && incoming.method === 'GET') {
      outgoing.writeHead(200, { 'Content-Type': page.type }).end(page.content)
      return
    }
    /** @type {Entry} */
    const entry = {
      method: incoming.method ?? '',
      path: pathname,
      query: Object.fromEntries(searchParams),
      origin,
      headers: incoming.headers,
      ...(await bodyOf(incoming)),
    }
    const { status = 200, headers = {}, body } = await answer(entry)
    entry.status = status
    log.push(entry)
    events.emit('logged')
    const hold = holds.findIndex(({ path }) => path === pathname)
    if (hold >= 0) await holds.splice(hold, 1)[0].held
    const html = typeof body === 'string'
    outgoing.writeHead(status, { 'Content-Type': html ? 'text/html' : 'application/json', ...headers })
    outgoing.end(html || body === undefined ? body : JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = /** @type {import('node:net').AddressInfo} */ (server.address())
  const calls = (/** @type {string} */ path) => log.filter((entry) => entry.path === path)
  return {
    url: `http://127.0.0.1:${address.port}`,
    log,
    /** What came to a path, in order. */
    calls,
    /** Keeps back the next answer of a path, which is decided already, until it is released. */
    hold(/** @type {string} */ path) {
      /** @type {() => void} */
      let release = () => {}
      holds.push({ path, held: new Promise((resolve) => (release = resolve)) })
      return release
    },
    /** Resolves once a condition holds; it is looked at whenever an answer has been decided. */
    async until(/** @type {() => boolean} */ condition) {
      while (!condition()) await once(events, 'logged')
    },
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}

async function bodyOf(/** @type {import('node:http').IncomingMessage} */ incoming) {
  const chunks = []
  for await (const chunk of incoming) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  const type = (incoming.headers['content-type'] ?? '').split(';')[0]
  if (type === 'application/json') return { type, body: jsonOf(text) }
  if (type === 'application/x-www-form-urlencoded')
    return { type, body: Object.fromEntries(new URLSearchParams(text)) }
  return { type, body: text }
}

/** A body that is no JSON goes into the log as it is, where a test can see it. */
function jsonOf(/** @type {string} */ text) {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** @type {Map<string, Promise<Map<string, { type: string, content: string | Uint8Array }>>>} */
const bundled = new Map()

/**
 * The files of a flow as they are deployed: `index.html` at `/`, other pages at
 * their names, the scripts bundled into /assets/, and the wasm module beside them,
 * which is where the package looks for it. `{{name}}` in a page is replaced.
 *
 * @param {string} flow
 * @param {Record<string, string>} [settings]
 */
export async function pagesOf(flow, settings = {}) {
  if (!bundled.has(flow)) bundled.set(flow, bundle(folderOf(flow)))
  const pages = new Map(await bundled.get(flow))
  for (const [path, { type, content }] of pages)
    if (type === 'text/html') {
      const filled = String(content).replace(/{{(\w+)}}/g, (_, name) => settings[name])
      pages.set(path, { type, content: filled })
    }
  return pages
}

async function bundle(/** @type {string} */ folder) {
  const pages = new Map()
  const names = await readdir(folder)
  for (const name of names.filter((name) => extname(name) === '.html')) {
    const path = name === 'index.html' ? '/' : `/${name.slice(0, -'.html'.length)}`
    pages.set(path, { type: 'text/html', content: await readFile(join(folder, name)) })
  }
  const { outputFiles } = await build({
    ...bundling,
    entryPoints: names.filter((name) => /(?<!\.server)\.tsx?$/.test(name)).map((name) => join(folder, name)),
    outdir: '/assets',
    splitting: true,
    write: false,
  })
  for (const { path, contents } of outputFiles)
    pages.set(path, { type: 'text/javascript', content: contents })
  pages.set('/assets/authfetch.wasm', {
    type: 'application/wasm',
    content: await readFile(join(dist, 'authfetch.wasm')),
  })
  return pages
}

/**
 * The package is linked here, so that its React would be found where it is built. It is
 * to be the application's, as it is where the package is installed.
 *
 * @type {import('esbuild').Plugin}
 */
const peers = {
  name: 'peers',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind, importer }) =>
      importer.startsWith(js) ? resolve(path, { kind, resolveDir: import.meta.dirname }) : undefined,
    )
  },
}

/** What all bundles have in common. @type {import('esbuild').BuildOptions} */
export const bundling = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  logLevel: 'warning',
  define: {
    'process.env.NODE_ENV': '"development"', // where React's StrictMode renders twice
    __VUE_OPTIONS_API__: 'true',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
  },
  plugins: [thisBuild, peers],
}
