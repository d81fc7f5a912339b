// What the package's tests share: a server without a network.
import { createAuth } from '../dist/authfetch.js'

/** A server with rotating tokens; `log` tells what it was asked. */
export function server({ expiresIn = 3600, refreshStatus = 200 } = {}) {
  const state = { log: [], access: '', refresh: '', count: 0, expiresIn, refreshStatus, delay: 0 }
  const grant = () => {
    state.count++
    state.access = `access-${state.count}`
    state.refresh = `refresh-${state.count}`
    return Response.json({
      access_token: state.access,
      refresh_token: state.refresh,
      expires_in: state.expiresIn,
    })
  }
  state.fetch = async (input, init) => {
    const request = new Request(input, init)
    const path = new URL(request.url).pathname
    const body = await request.clone().text()
    state.log.push({
      path,
      method: request.method,
      authorization: request.headers.get('authorization'),
      body,
    })
    if (state.delay) await new Promise((resolve) => setTimeout(resolve, state.delay))
    request.signal.throwIfAborted()
    if (path === '/signin') return grant()
    if (path === '/signout') return new Response(null, { status: 204 })
    if (path === '/refresh') {
      if (state.refreshStatus !== 200)
        return Response.json(
          { error: 'invalid_grant', error_description: 'gone' },
          { status: state.refreshStatus },
        )
      if (JSON.parse(body).refresh_token !== state.refresh)
        return Response.json({ error: 'invalid_grant' }, { status: 400 })
      return grant()
    }
    const good = request.headers.get('authorization') === `Bearer ${state.access}`
    return new Response(good ? `${request.method} ${path} ${body}` : 'no', { status: good ? 200 : 401 })
  }
  state.asked = (path) => state.log.filter((entry) => entry.path === path)
  return state
}

/** A client of it, closed with the test. */
export function client(t, backend, options = {}) {
  const auth = createAuth({
    baseUrl: 'https://api.test',
    signin: '/signin',
    refresh: '/refresh',
    signout: '/signout',
    autoRefresh: true,
    retry: { minDelay: 1, maxDelay: 2 },
    fetch: backend.fetch,
    ...options,
  })
  t.after(() => auth.close())
  return auth
}
