// As the README of ky has it: one hook sets the token, another retries with a new one.
import ky from 'ky'
import { store } from './store.js'

export function open({ name, tokens }) {
  const stored = store(name, tokens)
  const api = ky.create({
    hooks: {
      beforeRequest: [
        ({ request }) => {
          request.headers.set('Authorization', `Bearer ${stored.access()}`)
        },
      ],
      afterResponse: [
        async ({ request, response, retryCount }) => {
          if (response.status !== 401 || retryCount > 0) return
          stored.set(await ky.post('/api/refresh', { json: { refresh_token: stored.refresh() } }).json())
          const headers = new Headers(request.headers)
          headers.set('Authorization', `Bearer ${stored.access()}`)
          return ky.retry({ request: new Request(request, { headers }), code: 'TOKEN_REFRESHED' })
        },
      ],
    },
  })
  return { get: (path) => api.get(path).json() }
}
