import { createDemoServer } from '../server/demo-server.js'

/** Starts a server for one test, and speaks to it as a client would. */
export async function startServer(t, options) {
  const server = await createDemoServer(options)
  t.after(() => server.close())

  const form = (path, fields, headers) =>
    fetch(server.origin + path, { method: 'POST', body: new URLSearchParams(fields), headers })
  const token = (fields) => form('/oauth/token', { client_id: 'demo', ...fields })

  const client = {
    server,
    form,
    get: (path, accessToken, init) =>
      fetch(server.origin + path, { ...init, headers: { ...init?.headers, ...bearer(accessToken) } }),
    control: async (path, body = {}, method = 'POST') => {
      const response = await fetch(`${server.origin}/control/${path}`, {
        method,
        ...(method === 'POST' && {
          body: JSON.stringify(body),
          headers: { 'Content-Type': 'application/json' },
        }),
      })
      return { status: response.status, ...(await response.json()) }
    },
    password: (username = 'ada', password = 'lovelace', scope = 'openid offline_access') =>
      token({ grant_type: 'password', username, password, scope }),
    refresh: (refreshToken) => token({ grant_type: 'refresh_token', refresh_token: refreshToken }),
    signIn: async (username, password) => (await client.password(username, password)).json(),
  }
  return client
}

function bearer(accessToken) {
  return accessToken ? { Authorization: `Bearer ${accessToken}` } : {}
}
