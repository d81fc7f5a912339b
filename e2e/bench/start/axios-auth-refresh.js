import axios from 'axios'
import { createAuthRefresh } from 'axios-auth-refresh'
import { name, visit } from './visit.js'

const api = axios.create()
api.interceptors.request.use((request) => {
  request.headers.Authorization = `Bearer ${localStorage.getItem(`${name}.access`)}`
  return request
})
const keep = ({ data }) => {
  localStorage.setItem(`${name}.access`, data.access_token)
  localStorage.setItem(`${name}.refresh`, data.refresh_token)
  return data
}
createAuthRefresh(api, async (failed) => {
  const refresh_token = localStorage.getItem(`${name}.refresh`)
  const data = keep(await axios.post('/api/refresh', { refresh_token }))
  failed.response.config.headers.Authorization = `Bearer ${data.access_token}`
})
visit({
  signin: async () => keep(await axios.post('/api/signin', { username: name })),
  get: async (path) => (await api.get(path)).data,
})
