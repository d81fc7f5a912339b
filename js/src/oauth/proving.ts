// How the OAuth client has tokens bound to a key where the option `dpop` is on.
import type { DPoPHost, Prover } from './dpop.js'
import type { Connection } from './server.js'

const provers = new WeakMap<Connection, Promise<Prover>>()

/** Resolves to what proves possession of the key; to undefined where nobody asked for it. */
export async function proverOf(connection: Connection): Promise<Prover | undefined> {
  const { AuthError, oauth, client } = connection.host
  if (!oauth.dpop) return undefined
  if (!(globalThis.crypto as Partial<Crypto> | undefined)?.subtle)
    throw new AuthError(
      'bad_options',
      'Option `oauth.dpop`: expected in a secure context alone: https, or http on this machine',
    )
  let prover = provers.get(connection)
  if (!prover) {
    const host: DPoPHost = { ask: connection.ask.bind(connection), record: recordOf(connection) }
    prover = import('./dpop.js').then(
      (entry) => entry.open(host),
      (cause: unknown) => {
        provers.delete(connection) // a later call tries again
        throw new AuthError('wasm_failed', 'The script dpop.js could not be loaded', {
          transient: true,
          cause,
        })
      },
    )
    provers.set(connection, prover)
    const opened = prover
    client.on('signout', ({ remote }) => {
      if (remote) void opened.then((opened) => opened.drop())
    })
  }
  return prover
}

export async function send(
  connection: Connection,
  fetch: typeof globalThis.fetch,
  request: Request,
  extras: RequestInit | undefined,
): Promise<Response> {
  const prover = (await proverOf(connection))!
  const { headerName, scheme } = connection.host.checked.config
  return prover.request(fetch, request, extras, request.headers.get(headerName)!.slice(scheme.length + 1))
}

/** Tabs share a key as they share the session: by the client's name, or each has its own. */
function recordOf({ name, host }: Connection): string | undefined {
  switch (host.checked.storage) {
    case 'memory':
      return undefined
    case 'session':
      return `${name}:${tabOf(name)}`
    default:
      return name
  }
}

/** What tells this tab's key from those of other tabs, and outlives a reload. */
function tabOf(name: string): string {
  const key = `${name}:dpop`
  try {
    const tab = sessionStorage.getItem(key) ?? crypto.randomUUID()
    sessionStorage.setItem(key, tab)
    return tab
  } catch {
    return crypto.randomUUID()
  }
}
