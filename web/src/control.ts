/** The server's demo buttons. They go past the client: they are not part of the show. */
export interface ServerCounts {
  requests: number
  unauthorized: number
  refreshes: number
  refused: number
  presentedTwice: number
}

async function call<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
  const response = await fetch(`/control/${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  })
  if (!response.ok) throw new Error(`the server answered ${response.status}`)
  return response.json() as Promise<T>
}

export const expireTokens = (account: string) => call('POST', 'expire-access-tokens', { account })
export const revokeTokens = (account: string) => call('POST', 'revoke-access-tokens', { account })
export const revokeSessions = (account: string) => call('POST', 'revoke-sessions', { account })
export const getSettings = () => call<{ refreshDelay: number }>('GET', 'settings')
export const setRefreshDelay = (refreshDelay: number) => call('POST', 'settings', { refreshDelay })

export async function getServerCounts(): Promise<ServerCounts> {
  // The entries are not looked at here, only their count: none of them are asked for.
  const { counts } = await call<{ counts: ServerCounts }>('GET', `log?since=${Number.MAX_SAFE_INTEGER}`)
  return counts
}
