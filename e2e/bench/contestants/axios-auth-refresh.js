// As the README of axios-auth-refresh has it.
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
  createAuthRefresh(api, async (failed) => {
    const { data } = await axios.post('/api/refresh', { refresh_token: stored.refresh() })
    stored.set(data)
    failed.response.config.headers.Authorization = `Bearer ${data.access_token}`
  })
  return { get: async (path) => (await api.get(path)).data }
}
