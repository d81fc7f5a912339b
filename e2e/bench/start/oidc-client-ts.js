import { getter, keep, manager } from '../contestants/oidc-client-ts.js'
import { name, visit } from './visit.js'

const users = manager(name)
visit({
  async signin() {
    const headers = { 'Content-Type': 'application/json' }
    const body = JSON.stringify({ username: name })
    await keep(users, await (await fetch('/api/signin', { method: 'POST', headers, body })).json())
  },
  get: getter(users),
})
