// The interceptor that applications write by hand: a flag, and a queue of those that
// wait while it is set.
import axios from 'axios'
import { store } from './store.js'

export function open({ name, tokens }) {
  const stored = store(name, tokens)
  const api = axios.create()
  let refreshing = false
  let queue = []

  api.interceptors.request.use((config) => {
    config.headers.Authorization = `Bearer ${stored.access()}`
    return config
  })
  api.interceptors.response.use(
    (response) => response,
    async (error) => {
      const config = error.config
      if (error.response?.status !== 401 || config.again) throw error
      config.again = true
      if (refreshing) {
        await new Promise((resolve, reject) => queue.push({ resolve, reject }))
        return api(config)
      }
      refreshing = true
      try {
        const { data } = await axios.post('/api/refresh', { refresh_token: stored.refresh() })
        stored.set(data)
        for (const { resolve } of queue) resolve()
      } catch (failure) {
        for (const { reject } of queue) reject(failure)
        throw failure
      } finally {
        queue = []
        refreshing = false
      }
      return api(config)
    },
  )
  return { get: async (path) => (await api.get(path)).data }
}
