// The tests' material: a client, axios as it is, and axios with the client.
import axios, { AxiosError, CanceledError } from 'axios'
import { AuthError, createAuth } from 'authfetch'
import { withAuth } from 'authfetch/axios'

export const auth = createAuth({
  signin: '/signin',
  refresh: '/refresh',
  signout: '/signout',
  retry: { attempts: 1 },
})

/** axios's own fetch adapter. Its requests carry the token that there is. */
export const plain = axios.create({ adapter: 'fetch' })
plain.interceptors.request.use(async (config) => {
  if (!config.auth) config.headers.setAuthorization(`Bearer ${await auth.getToken()}`)
  return config
})

export const http = withAuth(axios.create(), auth)

export { AuthError, AxiosError, CanceledError, axios, withAuth }
