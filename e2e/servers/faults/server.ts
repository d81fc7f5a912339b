// A server that answers as badly as a test tells it to, and whose log is the
// judge of what was sent. It speaks HTTP/1.1, or HTTP/2 over TLS, at a random
// port of localhost.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import http2, { type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import { dist } from '../build.js'
import { selfSigned } from './tls.js'

type Request = IncomingMessage | Http2ServerRequest
// The two differ in their overloads only, not in what is used here.
type Response = ServerResponse & Partial<Pick<Http2ServerResponse, 'stream'>>
type Headers = Record<string, string | string[]>

/** One request, as it arrived. */
export interface Entry {
  readonly method: string
  readonly path: string
  readonly search: URLSearchParams
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly version: string
  /** What has arrived of the body so far. */
  readonly pieces: Buffer[]
  /** Resolves to the whole body; rejects where it breaks off. */
  readonly body: Promise<Buffer>
  /** Resolves once something of the body has arrived. */
  readonly begun: Promise<void>
  /** Resolves when the exchange is over on the wire, to whether the answer was sent whole. */
  readonly over: Promise<boolean>
}

/** A request together with the means to answer it. */
export interface Call extends Entry {
  /** Sends a whole answer. */
  reply(status: number, body?: string | Buffer, headers?: Headers): void
  json(value: unknown, status?: number, headers?: Headers): void
  /** Sends the head, so that `write` and `end` can follow. */
  head(status: number, headers?: Headers): void
  /** Resolves once the piece is on its way. */
  write(piece: string): Promise<void>
  end(): void
  /** Breaks the connection off, or the HTTP/2 stream. */
  cut(): void
}

export type Answer = (call: Call) => unknown

/** What waits for it goes on when a test opens it. */
export class Gate {
  open!: () => void
  readonly opened = new Promise<void>((resolve) => (this.open = resolve))
}

const here = new URL('.', import.meta.url)
const built = pathToFileURL(`${dist}/`)

const ofThePackage = 'authfetch.js authfetch.wasm debug.js devtools.js dpop.js oauth.js oauth.wasm'.split(' ')
const files = [...ofThePackage.map((name) => new URL(name, built)), new URL('kit.js', here)]

const page =
  '<!doctype html><link rel="icon" href="data:,"><title>faults</title><script type="module" src="/kit.js"></script>'

export class Faults {
  readonly log: Entry[] = []
  /** All tokens that were ever granted, and what tests add: none may be seen where it does not belong. */
  readonly secrets = new Set<string>()
  /** The access token that /guarded/ accepts. */
  accepted = ''
  /** The refresh token that /refresh accepts. */
  refreshable = ''
  origin = ''
  private readonly routes = new Map<string, Answer>()
  private readonly sockets = new Set<Socket>()
  private readonly watchers = new Set<() => void>()
  private readonly server: http.Server | http2.Http2SecureServer

  constructor(secure: boolean) {
    const pem = secure ? selfSigned() : ''
    this.server = secure
      ? http2.createSecureServer({ key: pem, cert: pem, allowHTTP1: true })
      : http.createServer()
    this.server.on('request', (request: Request, response: unknown) =>
      this.serve(request, response as Response),
    )
    this.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket)
      socket.on('close', () => this.sockets.delete(socket))
    })
    this.origin = secure ? 'https:' : 'http:'
    this.route('/', ({ reply }) => reply(200, page, { 'content-type': 'text/html' }))
    for (const file of files) {
      const type = file.pathname.endsWith('.wasm') ? 'application/wasm' : 'text/javascript'
      this.route(`/${basename(file.pathname)}`, ({ reply }) =>
        reply(200, readFileSync(file), { 'content-type': type }),
      )
    }
    this.route('/signin', ({ json }) => json(this.grant()))
    this.route('/refresh', async ({ body, json }) => {
      const presented = JSON.parse((await body).toString()) as { refresh_token?: string }
      if (presented.refresh_token === this.refreshable) json(this.grant())
      else json({ error: 'invalid_grant' }, 400)
    })
    this.route('/signout', ({ reply }) => reply(204))
    this.route('/open/*', async ({ body, reply }) => {
      await body
      reply(200, 'open')
    })
    this.route('/guarded/*', async ({ body, headers, reply }) => {
      await body
      if (headers['authorization'] === `Bearer ${this.accepted}`) reply(200, 'guarded')
      else reply(401, 'refused')
    })
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, resolve))
    this.origin += `//localhost:${(this.server.address() as AddressInfo).port}`
    return this
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    await new Promise((resolve) => this.server.close(resolve))
  }

  /** Sets how a path is answered, or all paths below one that ends with `/*`. */
  route(path: string, answer: Answer): this {
    this.routes.set(path, answer)
    return this
  }

  /** Answers a path once so, and then as before. */
  once(path: string, answer: Answer): this {
    const before = this.routes.get(path)
    return this.route(path, (call) => {
      if (before) this.routes.set(path, before)
      else this.routes.delete(path)
      return answer(call)
    })
  }

  /** Keeps the next request to a path waiting for its answer until the gate opens. */
  hold(path: string): Gate {
    const gate = new Gate()
    this.once(path, async (call) => {
      await gate.opened
      return this.find(path)(call)
    })
    return gate
  }

  /** New tokens in place of the old ones, as a token endpoint answers. */
  grant(more: object = {}): Record<string, unknown> {
    this.accepted = this.secret()
    this.refreshable = this.secret()
    return { access_token: this.accepted, refresh_token: this.refreshable, expires_in: 3600, ...more }
  }

  /** No access token that was granted so far works any more. */
  revoke(): void {
    this.accepted = '(none)'
  }

  /** A text that must not be seen anywhere but in a request or the storage. */
  secret(text = `tok_${randomBytes(24).toString('base64url')}`): string {
    this.secrets.add(text)
    return text
  }

  /** What was asked of a path, without preflights. */
  asked(path: string): Entry[] {
    return this.log.filter((entry) => entry.path === path && entry.method !== 'OPTIONS')
  }

  /** Resolves to the nth request to a path, once it is there. */
  async seen(path: string, nth = 1): Promise<Entry> {
    for (;;) {
      const found = this.asked(path)[nth - 1]
      if (found) return found
      await new Promise<void>((resolve) => this.watchers.add(resolve))
    }
  }

  private find(path: string): Answer {
    const parent = path.replace(/[^/]*$/, '*')
    return this.routes.get(path) ?? this.routes.get(parent) ?? (({ reply }) => reply(404, 'not here'))
  }

  private serve(request: Request, response: Response): void {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const begun = new Gate()
    const pieces: Buffer[] = []
    const body = new Promise<Buffer>((resolve, reject) => {
      request.on('data', (piece: Buffer) => {
        pieces.push(piece)
        begun.open()
      })
      request.on('end', () => resolve(Buffer.concat(pieces)))
      request.on('error', reject)
      request.on('close', () => reject(new Error('the body broke off')))
    })
    body.catch(() => {}) // who wants it awaits it
    const over = new Promise<boolean>((resolve) =>
      response.on('close', () => resolve(response.writableFinished)),
    )
    const entry: Entry = {
      method: request.method ?? '',
      path: url.pathname,
      search: url.searchParams,
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, value?.toString()]),
      ),
      version: request.httpVersion,
      pieces,
      body,
      begun: begun.opened,
      over,
    }
    this.log.push(entry)
    for (const watcher of this.watchers) watcher()
    this.watchers.clear()
    void this.answer({ ...entry, ...means(entry, response) })
  }

  private async answer(call: Call): Promise<void> {
    if (call.method === 'OPTIONS') return call.reply(204)
    try {
      await this.find(call.path)(call)
    } catch {
      call.cut() // the request broke off before it could be answered
    }
  }
}

function means(
  entry: Entry,
  response: Response,
): Pick<Call, 'reply' | 'json' | 'head' | 'write' | 'end' | 'cut'> {
  const head = (status: number, headers: Headers = {}) => {
    if (!response.destroyed)
      response.writeHead(status, { 'cache-control': 'no-store', ...cors(entry), ...headers })
  }
  const reply = (status: number, body: string | Buffer = '', headers: Headers = {}) => {
    head(status, headers)
    response.end(body)
  }
  return {
    reply,
    head,
    json: (value, status = 200, headers = {}) =>
      reply(status, JSON.stringify(value), { 'content-type': 'application/json', ...headers }),
    write: (piece) => new Promise((resolve) => response.write(piece, () => resolve())),
    end: () => void response.end(),
    cut() {
      if (response.stream) response.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR)
      else response.socket?.destroy()
    },
  }
}

/** Lets pages of other origins do everything, with credentials: what may be read is not what is tested. */
function cors({ headers }: Entry): Headers {
  const { origin } = headers
  if (!origin) return {}
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': headers['access-control-request-method'] ?? '*',
    'access-control-allow-headers': headers['access-control-request-headers'] ?? '*',
    'access-control-expose-headers': 'x-answer',
    vary: 'origin',
  }
}
