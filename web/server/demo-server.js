import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { createApi } from './api.js'
import { createControl } from './control.js'
import { handleCors, sendJson } from './http.js'
import { createLog } from './log.js'
import { createOAuth } from './oauth.js'
import { CONTENT_SECURITY_POLICY, createStaticFiles } from './static-files.js'

const PAGE = fileURLToPath(new URL('../dist/', import.meta.url))

const SECURITY_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
}

/**
 * Starts everything on one origin: the page, the API below /api, the
 * authorization server below /oauth, and the buttons below /control.
 *
 * @param {object} [options]
 * @param {number} [options.port] the first to try; default 0, any free one
 * @param {boolean} [options.nextFree] tries the ports after it while it is taken
 * @param {string[]} [options.allowedOrigins] other origins whose pages may call
 * @param {Record<string, string>} [options.folders] what is served besides the
 *   page, from URL prefixes that end in '/' to folders
 * @param {string | false} [options.contentSecurityPolicy] sent with the files
 * @param {number} [options.accessTokenTtl] and `refreshTokenTtl`, `rotation`,
 *   `reuseGrace`, `redirectUris`: see createOAuth
 */
export async function createDemoServer({
  port = 0,
  nextFree = false,
  allowedOrigins = [],
  folders = {},
  contentSecurityPolicy = CONTENT_SECURITY_POLICY,
  ...oauthOptions
} = {}) {
  // A browser may send on a kept connection in the moment in which Node, after
  // its usual five seconds, closes it; a test must not fail from that.
  const server = createServer({ keepAliveTimeout: 120_000 })
  await listen(server, port, nextFree)
  const origin = `http://localhost:${server.address().port}`
  const own = [origin, `http://127.0.0.1:${server.address().port}`]
  const isAllowedOrigin = (candidate) => own.includes(candidate) || allowedOrigins.includes(candidate)

  const log = createLog()
  const oauth = createOAuth({ issuer: `${origin}/oauth`, isAllowedOrigin, log, ...oauthOptions })
  const handlers = {
    api: createApi({ provider: oauth.provider, log }),
    oauth: oauth.handle,
    control: createControl({ oauth, log }),
  }
  const serveFile = createStaticFiles({ '/': PAGE, ...folders }, contentSecurityPolicy)

  server.on('request', async (req, res) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) res.setHeader(name, value)
    try {
      const [, first] = req.url.split(/[/?]/)
      const handle = Object.hasOwn(handlers, first) && handlers[first]
      if (!handle) {
        if (!(await serveFile(req, res))) sendJson(res, 404, { error: 'not_found' })
      } else if (!handleCors(req, res, isAllowedOrigin)) {
        await handle(req, res)
      }
    } catch (error) {
      fail(res, error)
    }
  })

  return {
    origin,
    log,
    provider: oauth.provider,
    settings: oauth.settings,
    faults: oauth.faults,
    store: oauth.store,

    /** Ends open connections too: a browser keeps its own open for minutes. */
    close() {
      return new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
    },
  }
}

function fail(res, error) {
  // The client went away, and nobody is left to be told.
  if (res.destroyed) return
  const status = error.status ?? 500
  if (status === 500) console.error(error)
  if (res.headersSent) res.destroy()
  else sendJson(res, status, { error: status === 500 ? 'server_error' : error.message })
}

/** Only this machine can reach it: its buttons are not for strangers. */
async function listen(server, first, nextFree) {
  for (let port = first; ; port++) {
    try {
      await new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, '127.0.0.1', () => {
          server.off('error', reject)
          resolve()
        })
      })
      return
    } catch (error) {
      if (error.code !== 'EADDRINUSE' || !nextFree || port >= first + 100) throw error
    }
  }
}
