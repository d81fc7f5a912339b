import axios, { type InternalAxiosRequestConfig } from 'axios'

export const http = axios.create()

let isRefreshing = false
let failedQueue: { resolve(token: string): void; reject(error: unknown): void }[] = []

http.interceptors.request.use((config) => {
  const token = localStorage.getItem('accessToken')
  if (token) config.headers.Authorization = `Bearer ${token}`
  return config
})

http.interceptors.response.use(undefined, async (error) => {
  const config = error.config as InternalAxiosRequestConfig & { _retry?: boolean }
  if (error.response?.status !== 401 || config._retry) throw error
  config._retry = true
  if (isRefreshing)
    return new Promise<string>((resolve, reject) => failedQueue.push({ resolve, reject })).then(() =>
      http(config),
    )
  isRefreshing = true
  try {
    const refreshToken = localStorage.getItem('refreshToken')
    const { data } = await axios.post('/auth/refresh-token', { refreshToken })
    localStorage.setItem('accessToken', data.accessToken)
    localStorage.setItem('refreshToken', data.refreshToken)
    for (const { resolve } of failedQueue) resolve(data.accessToken)
  } catch (refused) {
    for (const { reject } of failedQueue) reject(refused)
    localStorage.removeItem('accessToken')
    localStorage.removeItem('refreshToken')
    location.assign('/sign-in')
    throw refused
  } finally {
    failedQueue = []
    isRefreshing = false
  }
  return http(config)
})

export async function signIn(username: string, password: string): Promise<void> {
  const { data } = await axios.post('/auth/login', { username, password })
  localStorage.setItem('accessToken', data.accessToken)
  localStorage.setItem('refreshToken', data.refreshToken)
}

export async function signOut(): Promise<void> {
  const refreshToken = localStorage.getItem('refreshToken')
  localStorage.removeItem('accessToken')
  localStorage.removeItem('refreshToken')
  await axios.post('/auth/logout', { refreshToken })
}
