// axios-auth-refresh with its own deduplication off, whose default fails all but one of
// several requests that are refused at once, and the application's in its place.
import axios from 'axios'
import { createAuthRefresh } from 'axios-auth-refresh'
import { store } from './store.js'

export function open({ name, tokens }) {
  const stored = store(name, tokens)
  const api = axios.create()
  api.interceptors.request.use((request) => {
    request.headers.Authorization = `Bearer ${stored.access()}`
    return request
  })
  let refreshing
  const refresh = () =>
    (refreshing ??= axios
      .post('/api/refresh', { refresh_token: stored.refresh() })
      .then(({ data }) => stored.set(data))
      .finally(() => (refreshing = undefined)))
  createAuthRefresh(
    api,
    async (failed) => {
      await refresh()
      failed.response.config.headers.Authorization = `Bearer ${stored.access()}`
    },
    { deduplicateRefresh: false },
  )
  return { get: async (path) => (await api.get(path)).data }
}
