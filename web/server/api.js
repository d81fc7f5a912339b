import { createHash } from 'node:crypto'
import { profileOf } from './accounts.js'
import { readBody, sendJson, sleep } from './http.js'
import { tokenId } from './log.js'

/** The resources that the tokens open, below /api. */
export function createApi({ provider, log }) {
  const routes = {
    'GET /api/me': me,
    'GET /api/items': items,
    'POST /api/echo': echo,
    'PUT /api/echo': echo,
    'GET /api/stream': stream,
    'GET /api/slow': slow,
  }

  return async function handle(req, res) {
    const url = new URL(req.url, provider.issuer)
    const [, bearer] = /^Bearer (.+)$/i.exec(req.headers.authorization ?? '') ?? []
    res.once('close', () =>
      log.add({
        kind: 'api',
        method: req.method,
        path: url.pathname,
        status: res.statusCode,
        token: bearer ? tokenId(bearer) : null,
      }),
    )

    const route = routes[`${req.method} ${url.pathname}`]
    if (!route) return sendJson(res, 404, { error: 'not_found' })

    // An upload is read to its end even when it will be refused: a browser that
    // is still sending would take an early answer for a broken connection.
    const body = await readBody(req)
    const token = bearer && (await provider.AccessToken.find(bearer, { ignoreExpiration: true }))
    const problem = problemWith(bearer, token)
    if (problem) return refuse(res, problem)
    return route({ req, res, url, body, token })
  }
}

function problemWith(bearer, token) {
  if (!bearer) return { description: 'the request carries no access token' }
  if (!token) return { error: 'invalid_token', description: 'the access token is unknown or revoked' }
  if (token.isExpired) return { error: 'invalid_token', description: 'the access token expired' }
  return undefined
}

/** https://www.rfc-editor.org/rfc/rfc6750#section-3: a request without a token gets no error code. */
function refuse(res, { error, description }) {
  const challenge = error ? `Bearer error="${error}", error_description="${description}"` : 'Bearer'
  sendJson(
    res,
    401,
    { error: error ?? 'unauthorized', error_description: description },
    {
      'WWW-Authenticate': challenge,
    },
  )
}

function me({ res, token }) {
  sendJson(res, 200, profileOf(token.accountId))
}

const WORKS = [
  'Note G',
  'A-0 System',
  'Table of Bernoulli numbers',
  'FLOW-MATIC',
  'Sketch of the Analytical Engine',
  'COBOL',
  'Translation of Menabrea',
  'The first moth',
  'Flyology',
  'A nanosecond of wire',
]

function items({ res, url }) {
  const wanted = Number(url.searchParams.get('n') ?? 5)
  const n = Number.isFinite(wanted) ? Math.min(Math.max(Math.trunc(wanted), 0), 100) : 5
  sendJson(
    res,
    200,
    Array.from({ length: n }, (_, i) => ({ id: i + 1, title: WORKS[i % WORKS.length] })),
  )
}

/** What arrived. Of the token its name alone, as in the log. */
function echo({ req, res, body }) {
  const { authorization, ...headers } = req.headers
  sendJson(res, 200, {
    method: req.method,
    headers: { ...headers, authorization: `Bearer ${tokenId(authorization.replace(/^Bearer /i, ''))}` },
    length: body.length,
    sha256: createHash('sha256').update(body).digest('hex'),
  })
}

async function stream({ res }) {
  res.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' })
  for (let i = 1; i <= 5 && !res.destroyed; i++) {
    res.write(`chunk ${i}\n`)
    await sleep(100)
  }
  res.end()
}

async function slow({ res, url }) {
  const ms = Math.min(Math.max(Number(url.searchParams.get('ms')) || 1000, 0), 30_000)
  await sleep(ms)
  sendJson(res, 200, { waited: ms })
}
