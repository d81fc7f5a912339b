// Calls of the authorization server, and how their answers are described to Go.
import type { WireReply } from '../wasm.js'

export interface Call {
  url: string
  method: string
  /** Names and values in turn. */
  headers: readonly string[]
  body: string | null
  credentials: string
  keepalive: boolean
  /** In milliseconds. The caller's signal says the same, unless the caller is gone. */
  timeout: number
}

/** Sends a call with the unwrapped fetch. Rejects as fetch does. */
export function send(fetch: typeof globalThis.fetch, call: Call, signal: AbortSignal): Promise<Response> {
  const headers = new Headers()
  for (let i = 0; i + 1 < call.headers.length; i += 2) headers.set(call.headers[i]!, call.headers[i + 1]!)
  return fetch(call.url, {
    method: call.method,
    headers,
    body: call.body,
    cache: 'no-store',
    signal,
    // A sign-out outlives the page that asked for it, and so does a refresh by cookie.
    ...(call.keepalive ? { keepalive: true } : {}),
    ...(call.credentials ? { credentials: call.credentials as RequestCredentials } : {}),
  })
}

/** Describes what an application's function answered: a Response, tokens, or nothing. */
export async function describeAnswer(answer: unknown): Promise<WireReply> {
  if (typeof Response !== 'undefined' && answer instanceof Response) return describe(answer)
  if (typeof answer === 'object' && answer !== null) return reply(200, JSON.parse(JSON.stringify(answer)))
  return reply(200, undefined)
}

/**
 * Describes an exception that carries an HTTP status, as those of HTTP libraries
 * do, like the answer behind it. Undefined for any other.
 */
export function describeThrown(error: unknown): WireReply | undefined {
  const { status, response } = (error ?? {}) as {
    status?: unknown
    response?: { status?: unknown; data?: unknown }
  }
  const code = typeof status === 'number' ? status : response?.status
  if (typeof code !== 'number') return undefined
  const given = response instanceof Response ? response : null
  return { ...reply(code, plain(response?.data)), response: given }
}

export async function describe(response: Response): Promise<WireReply> {
  // The copy stays unread: an error hands it to the application.
  const copy = response.clone()
  // axios puts the headers of an error's response in a shape of its own, and fails
  // where it cannot.
  Object.defineProperty(copy, 'headers', { value: copy.headers, writable: true, configurable: true })
  const body = await response.text()
  return {
    ...reply(response.status, parse(body)),
    empty: body.trim() === '',
    text: !/^\s*[[{]/.test(body),
    type: response.headers.get('content-type') ?? '',
    retryAfter: response.headers.get('retry-after') ?? '',
    response: copy,
  }
}

function reply(status: number, body: unknown): WireReply {
  return { status, body, empty: body === undefined, text: false, type: '', retryAfter: '', response: null }
}

function plain(value: unknown): unknown {
  try {
    return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
  } catch {
    return undefined
  }
}

/** JSON.parse for those who cannot catch: undefined where text is no JSON. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
