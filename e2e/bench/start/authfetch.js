import { createAuth } from 'authfetch'
import { name, visit } from './visit.js'

const auth = createAuth({ name, signin: '/api/signin', refresh: '/api/refresh' })
visit({
  signin: () => auth.signin({ username: name }),
  get: async (path) => (await auth.fetch(path)).json(),
})
