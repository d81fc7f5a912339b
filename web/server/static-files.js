import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { extname, join, resolve, sep } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const compress = promisify(gzip)

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
}

/**
 * No inline script and no eval; `wasm-unsafe-eval` is what a page needs to
 * compile WebAssembly and nothing more,
 * https://www.w3.org/TR/CSP3/#directive-script-src.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * Serves folders.
 *
 * @param {Record<string, string>} folders from URL prefixes that end in '/' to
 *   folders; the longest prefix that fits is used
 * @param {string | false} contentSecurityPolicy sent with every file
 */
export function createStaticFiles(folders, contentSecurityPolicy = CONTENT_SECURITY_POLICY) {
  const prefixes = Object.keys(folders).sort((a, b) => b.length - a.length)
  const cache = new Map()

  return async function handle(req, res) {
    if (req.method !== 'GET' && req.method !== 'HEAD') return false
    const path = decodePath(req.url)
    const prefix = path && prefixes.find((candidate) => path.startsWith(candidate))
    if (!prefix) return false

    const root = resolve(folders[prefix])
    const wanted = resolve(join(root, path.slice(prefix.length)))
    if (wanted !== root && !wanted.startsWith(root + sep)) return false
    const file = (await load(wanted)) ?? (isNavigation(req, path) && (await load(join(root, 'index.html'))))
    if (!file) return false
    await send(req, res, file)
    return true
  }

  async function load(name) {
    const info = await stat(name).catch(() => undefined)
    if (info?.isDirectory()) return load(join(name, 'index.html'))
    if (!info) return undefined
    const known = cache.get(name)
    if (known?.mtimeMs === info.mtimeMs) return known

    const bytes = await readFile(name)
    const file = {
      bytes,
      mtimeMs: info.mtimeMs,
      type: TYPES[extname(name)] ?? 'application/octet-stream',
      etag: createHash('sha256').update(bytes).digest('base64url').slice(0, 16),
    }
    cache.set(name, file)
    return file
  }

  async function send(req, res, file) {
    const zipped = file.bytes.length > 1024 && /\bgzip\b/.test(req.headers['accept-encoding'] ?? '')
    const etag = `"${file.etag}${zipped ? '-gzip' : ''}"`
    const headers = {
      'Content-Type': file.type,
      // Asked for again each time, and mostly answered with 304; unlike no-store
      // this leaves a page in the back/forward cache.
      'Cache-Control': 'no-cache',
      ETag: etag,
      Vary: 'Accept-Encoding',
      ...(contentSecurityPolicy && { 'Content-Security-Policy': contentSecurityPolicy }),
    }
    if (req.headers['if-none-match'] === etag) {
      res.writeHead(304, headers)
      res.end()
      return
    }
    if (zipped) file.zipped ??= await compress(file.bytes, { level: 6 })
    const body = zipped ? file.zipped : file.bytes
    res.writeHead(200, {
      ...headers,
      'Content-Length': body.length,
      ...(zipped && { 'Content-Encoding': 'gzip' }),
    })
    res.end(req.method === 'HEAD' ? undefined : body)
  }
}

/** A view of the application, which has no file of its own: its paths have no dot. */
function isNavigation(req, path) {
  return !path.includes('.') && /\btext\/html\b/.test(req.headers.accept ?? '')
}

function decodePath(url) {
  try {
    return decodeURIComponent(url.split('?')[0])
  } catch {
    return undefined
  }
}
