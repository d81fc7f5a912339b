// The server that everything is measured against: the API, its tokens, an
// authorization server of the endpoints that the OpenID clients use, and the pages.
// HTTP/1.1 with keep-alive, on the loopback interface.
import { createServer } from 'node:http'
import { brotliCompressSync } from 'node:zlib'

/** The answer of the API: JSON of 1 KB. */
const answer = JSON.stringify({
  items: Array.from({ length: 12 }, (_, id) => ({
    id,
    name: `item number ${id}`,
    price: 1000 + id,
    tags: ['a', 'b'],
  })),
  padding: '',
})
export const ANSWER = answer.replace('"padding":""', `"padding":"${'x'.repeat(1024 - answer.length)}"`)

/** So that performance.now() counts in steps of 5 µs and not of 100. */
const isolated = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

/**
 * Each name has a session of its own, whose tokens are `name.generation`. A refresh
 * token works once; access tokens work for their time, as JWTs do, also when there is
 * a newer one.
 */
class Sessions {
  current = new Map()

  /** The session of a name, which begins when it is first asked for. */
  session(name) {
    const session = this.current.get(name) ?? {
      generation: 0,
      until: [],
      lifetime: 3600,
      delay: 0,
      refreshes: 0,
      refused: 0,
    }
    this.current.set(name, session)
    return session
  }

  tokens(name) {
    const session = this.session(name)
    session.until[++session.generation] = Date.now() + session.lifetime * 1000
    return {
      access_token: `${name}.${session.generation}`,
      refresh_token: `${name}.${session.generation}.refresh`,
      token_type: 'Bearer',
      expires_in: session.lifetime,
    }
  }

  /** New tokens for the refresh token that is current, and for no other. */
  async refresh(refreshToken) {
    const [name, generation] = refreshToken?.split('.') ?? []
    const session = this.current.get(name)
    if (session) session.refreshes++
    if (session?.delay) await new Promise((resolve) => setTimeout(resolve, session.delay))
    await session?.hold
    return Number(generation) === session?.generation ? this.tokens(name) : undefined
  }

  /** Ends the time of every access token that there is, which their holders cannot know. */
  expire(name) {
    const session = this.current.get(name)
    session.until.fill(0)
    return session
  }

  accepts(authorization) {
    const [name, generation] = authorization?.slice('Bearer '.length).split('.') ?? []
    const session = this.current.get(name)
    const accepted = Date.now() < (session?.until[generation] ?? 0)
    if (session && !accepted) session.refused++
    return accepted
  }
}

function text(request) {
  return new Promise((resolve) => {
    let body = ''
    request.on('data', (part) => (body += part))
    request.on('end', () => resolve(body))
  })
}

/** A parsed body, JSON or a form. */
async function fieldsOf(request) {
  const body = await text(request)
  if (request.headers['content-type']?.includes('json')) return JSON.parse(body || '{}')
  return Object.fromEntries(new URLSearchParams(body))
}

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Serves `files` (path to { type, bytes }) and the API. Answers { origin, sessions, close }. */
export async function serve(files) {
  const sessions = new Sessions()
  const codes = new Map()
  const compressed = new Map(
    Object.entries(files).map(([path, { type, bytes }]) => [path, { type, body: brotliCompressSync(bytes) }]),
  )

  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://localhost')
    const send = (status, body, headers = {}) => {
      response.writeHead(status, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
        ...headers,
      })
      response.end(body)
    }
    const fresh = { 'Cache-Control': 'no-store' }
    const refresh = async ({ refresh_token }) => {
      const tokens = await sessions.refresh(refresh_token)
      if (tokens) send(200, JSON.stringify(tokens), fresh)
      else send(400, '{"error":"invalid_grant"}', fresh)
    }

    if (url.pathname === '/api/data') {
      if (sessions.accepts(request.headers.authorization)) send(200, ANSWER, fresh)
      else
        send(401, '{"error":"invalid_token"}', {
          ...fresh,
          'WWW-Authenticate': 'Bearer error="invalid_token"',
        })
      return
    }
    if (url.pathname === '/api/signin') {
      const { username } = await fieldsOf(request)
      send(200, JSON.stringify(sessions.tokens(username)), fresh)
      return
    }
    if (url.pathname === '/api/refresh') {
      await refresh(await fieldsOf(request))
      return
    }
    // OpenID Connect, as far as the clients ask for it.
    const issuer = `http://${request.headers.host}/`
    if (url.pathname === '/.well-known/openid-configuration') {
      send(
        200,
        JSON.stringify({
          issuer,
          authorization_endpoint: `${issuer}authorize`,
          token_endpoint: `${issuer}oauth/token`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
        }),
      )
      return
    }
    if (url.pathname === '/authorize') {
      const code = Math.random().toString(36).slice(2)
      codes.set(code, { nonce: url.searchParams.get('nonce'), client: url.searchParams.get('client_id') })
      const back = new URL(url.searchParams.get('redirect_uri'))
      back.searchParams.set('code', code)
      back.searchParams.set('state', url.searchParams.get('state'))
      response.writeHead(302, { Location: back.href }).end()
      return
    }
    if (url.pathname === '/oauth/token') {
      const fields = await fieldsOf(request)
      if (fields.grant_type === 'refresh_token') {
        await refresh(fields)
        return
      }
      const { nonce, client } = codes.get(fields.code)
      const now = Math.floor(Date.now() / 1000)
      const claims = {
        iss: issuer,
        sub: client,
        aud: client,
        iat: now,
        exp: now + 3600,
        ...(nonce ? { nonce } : {}),
      }
      const idToken = `${encoded({ alg: 'RS256', typ: 'JWT' })}.${encoded(claims)}.${encoded('not looked at')}`
      send(
        200,
        JSON.stringify({
          ...sessions.tokens(client),
          id_token: idToken,
          scope: 'openid profile offline_access',
        }),
        fresh,
      )
      return
    }
    const file = compressed.get(url.pathname)
    if (!file) {
      send(404, '{}')
      return
    }
    const page = file.type === 'text/html'
    send(200, file.body, {
      'Content-Type': file.type,
      'Content-Encoding': 'br',
      'Cache-Control': page ? 'no-cache' : 'public, max-age=31536000, immutable',
      ...isolated,
    })
  })
  server.keepAliveTimeout = 60_000
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://localhost:${server.address().port}`,
    sessions,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      }),
  }
}
