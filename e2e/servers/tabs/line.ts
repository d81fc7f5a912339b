// A line between browser and server that fails as a test tells it to: a proxy on
// loopback, where the server behind it goes on as if nothing were the matter.
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What happens to one refresh on its way. */
export type Fault =
  /** The line is cut before the server has the request. */
  | { kind: 'lost' }
  /** The server does not get the request, which the browser is told in the end. */
  | { kind: 'stuck'; until: Promise<unknown> }
  /** The server has rotated, and the line is cut before its answer, or in the middle of it. */
  | { kind: 'unanswered' | 'truncated' }
  /** Something on the way answers in place of the server. */
  | { kind: 'status'; status: number; retryAfter?: number }
  /** The answer waits until the test lets it go. */
  | { kind: 'held'; until: Promise<unknown> }
  /** Nothing happens. */
  | { kind: 'none' }

export class Line {
  origin = ''
  /** What happens to the next refreshes, in turn; what comes after them passes. */
  faults: Fault[] = []
  /** How long it takes a request to reach the server, and its answer to come back, in milliseconds. */
  latency = 0
  /** How many refreshes have come as far as this. */
  refreshes = 0
  /** How many of them the server has answered, whatever became of that. */
  answered = 0
  /** How many of them have had an answer, and how many nobody was waiting for any more. */
  delivered = 0
  abandoned = 0
  private target = ''
  private port = 0
  private readonly watchers = new Set<() => void>()
  private server = this.make()

  private make(): http.Server {
    return http.createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
      this.carry(request, response).catch(() => response.destroy())
    })
  }

  /** Opens the line, at the port that it had before. */
  async open(): Promise<this> {
    this.server = this.make()
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve))
    this.port = (this.server.address() as AddressInfo).port
    this.origin = `http://localhost:${this.port}`
    return this
  }

  /** Says which server is at its other end. */
  to(target: string): void {
    this.target = target
  }

  /** Cuts all that is on it, and takes no more: who calls is refused. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve))
    this.server.closeAllConnections()
    await closed
  }

  /** Resolves once the server has answered so many refreshes. */
  async hasAnswered(count: number): Promise<void> {
    while (this.answered < count) await new Promise<void>((resolve) => this.watchers.add(resolve))
  }

  private async carry(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const isRefresh = request.url === '/oauth/token' && body.includes('grant_type=refresh_token')
    if (isRefresh) {
      this.refreshes++
      response.on('close', () => this[response.writableFinished ? 'delivered' : 'abandoned']++)
    }
    const fault: Fault = (isRefresh && this.faults.shift()) || { kind: 'none' }
    if (fault.kind === 'lost') return void response.destroy()
    if (fault.kind === 'stuck') {
      await fault.until
      // Not cut: a browser sends what a used connection takes along once more, by itself.
      return void response.writeHead(504).end()
    }
    if (fault.kind === 'status') {
      response.writeHead(fault.status, {
        'content-type': 'text/html',
        ...(fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) }),
      })
      return void response.end('<h1>Not now</h1>')
    }

    await sleep(this.latency)
    const { status, headers, answer } = await this.ask(request, body)
    if (isRefresh) {
      this.answered++
      for (const watcher of this.watchers) watcher()
      this.watchers.clear()
    }
    if (fault.kind === 'unanswered') return void response.destroy()
    if (fault.kind === 'held') await fault.until
    await sleep(this.latency)
    if (response.destroyed) return
    response.writeHead(status, headers)
    if (fault.kind !== 'truncated') return void response.end(answer)
    response.write(answer.subarray(0, answer.length / 2), () => response.destroy())
  }

  private ask(
    request: IncomingMessage,
    body: Buffer,
  ): Promise<{ status: number; headers: http.IncomingHttpHeaders; answer: Buffer }> {
    return new Promise((resolve, reject) => {
      const { method, headers } = request
      const asked = http.request(
        new URL(request.url ?? '/', this.target),
        { method, headers, agent: false },
        (answer) => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('error', reject)
          answer.on('end', () => {
            const whole = Buffer.concat(chunks)
            const { 'transfer-encoding': _, connection: __, 'keep-alive': ___, ...kept } = answer.headers
            resolve({
              status: answer.statusCode ?? 502,
              headers: { ...kept, 'content-length': String(whole.length) },
              answer: whole,
            })
          })
        },
      )
      asked.on('error', reject)
      asked.end(body)
    })
  }
}
