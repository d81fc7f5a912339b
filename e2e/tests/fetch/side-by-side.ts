// Makes the same call with window.fetch and with auth.fetch, and compares what
// the server saw and what the caller got.
import { createHash } from 'node:crypto'
import type { Page } from '@playwright/test'
import { expect } from '../../browsers/test.js'
import type { Outcome } from '../../servers/faults/page.js'
import type { Entry, Faults } from '../../servers/faults/server.js'

/** A call's arguments, and what the caller does to them right after the call. */
export type Arguments = [input?: unknown, init?: unknown, afterwards?: () => void]

/**
 * Calls by name. Each function runs in the page, once for each call that is
 * made; it gets a URL of its own and the other origin.
 */
export type Calls = Record<string, (url: string, other: string) => Arguments | Promise<Arguments>>

/** Makes all calls at once, with `window.fetch` or `faults.kept.auth.fetch`. */
export async function make(
  page: Page,
  calls: Calls,
  how: 'window' | 'auth',
  { base, other = '' }: { base: string; other?: string },
): Promise<Record<string, Outcome>> {
  const sources = Object.entries(calls).map(([name, call]): [string, string] => [name, String(call)])
  return page.evaluate(
    async ({ sources, how, base, other }) => {
      const fetch = how === 'window' ? window.fetch.bind(window) : faults.kept.auth.fetch
      const outcomes = await Promise.all(
        sources.map(async ([name, source]) => {
          const call = (0, eval)(`(${source})`)
          const given: unknown[] = await call(base + encodeURIComponent(name), other)
          const outcome = faults.outcome(() => {
            const promise = fetch(...given.slice(0, 2))
            ;(given[2] as (() => void) | undefined)?.()
            return promise
          })
          return [name, await outcome] as const
        }),
      )
      return Object.fromEntries(outcomes)
    },
    { sources, how, base, other },
  )
}

/** What the server saw of each call, under its name; requests of one call are in order. */
export async function takeLog(...servers: Faults[]): Promise<Record<string, object[]>> {
  const entries = servers.flatMap(({ log }) => log.splice(0))
  const seen: Record<string, object[]> = {}
  for (const entry of entries)
    if (entry.method !== 'OPTIONS')
      (seen[decodeURIComponent(entry.path.split('/').at(-1) ?? '')] ??= []).push(await described(entry))
  return seen
}

/** A request without what differs from sending to sending: its credential, and multipart boundaries. */
async function described(entry: Entry): Promise<object> {
  const headers = { ...entry.headers }
  delete headers['authorization']
  const body = await entry.body
  const boundary = /boundary=(.*)/.exec(headers['content-type'] ?? '')?.[1]
  const inParts = boundary && parts(body, boundary)
  if (inParts) {
    headers['content-type'] = headers['content-type']?.replace(boundary, 'BOUNDARY')
    // Firefox's are not all of one length. (Where they are in a body, they are one more than its parts.)
    const length = Number(headers['content-length']) - (inParts.length + 1) * boundary.length
    headers['content-length'] = `${length}, and boundaries`
  }
  return {
    method: entry.method,
    url: `${entry.path}?${entry.search}`,
    version: entry.version,
    headers,
    body: inParts || digest(body),
  }
}

function parts(body: Buffer, boundary: string): object[] {
  const pieces = body.toString('latin1').split(`--${boundary}`)
  return pieces.slice(1, -1).map((piece) => {
    const [head = '', ...rest] = piece.split('\r\n\r\n')
    const content = rest.join('\r\n\r\n').slice(0, -'\r\n'.length)
    return { head: head.trim(), content: digest(Buffer.from(content, 'latin1')) }
  })
}

export function digest(body: Buffer): string {
  return `${body.length} bytes, ${createHash('sha256').update(body).digest('hex')}`
}

/** Compares call by call, so that a failure names the call. */
export function same(what: string, got: Record<string, unknown>, wanted: Record<string, unknown>): void {
  for (const name of Object.keys(wanted)) expect.soft(got[name], `${what}: ${name}`).toEqual(wanted[name])
}
