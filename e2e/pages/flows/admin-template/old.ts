// The template as it was: axios, an interceptor, and no authfetch.
import axios, { type InternalAxiosRequestConfig } from 'axios'

const http = axios.create()

http.interceptors.request.use((config) => {
  const token = localStorage.getItem('accessToken')
  if (token) config.headers.Authorization = `Bearer ${token}`
  return config
})

http.interceptors.response.use(undefined, async (error) => {
  const config = error.config as InternalAxiosRequestConfig & { retried?: boolean }
  if (error.response?.status !== 401 || config.retried) throw error
  config.retried = true
  try {
    const refreshToken = localStorage.getItem('refreshToken')
    const { data } = await axios.post('/auth/refresh-token', { refreshToken })
    localStorage.setItem('accessToken', data.accessToken)
    localStorage.setItem('refreshToken', data.refreshToken)
  } catch (refused) {
    localStorage.clear()
    location.assign('/sign-in')
    throw refused
  }
  return http(config)
})

const form = document.querySelector('form')!
const output = document.querySelector('output')!

async function show(): Promise<void> {
  const { data } = await http.get<{ user: string }>('/me')
  output.value = `Hello ${data.user}`
}

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const { data } = await axios.post('/auth/login', Object.fromEntries(new FormData(form)))
  localStorage.setItem('accessToken', data.accessToken)
  localStorage.setItem('refreshToken', data.refreshToken)
  await show()
})
document.querySelector('#show')!.addEventListener('click', show)
document.querySelector('#signout')!.addEventListener('click', () => {
  localStorage.clear()
  output.value = 'Signed out'
})
