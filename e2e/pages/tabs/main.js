// A page without a bundler, as plain as it gets. The tests drive window.auth.
import { createAuth } from '/package/authfetch.js'

const fields = { client_id: 'demo' }
const options = new URLSearchParams(location.search)

window.failures = []
window.events = []
window.auth = createAuth({
  name: options.get('name') ?? 'tabs',
  signin: {
    url: '/oauth/token',
    body: 'form',
    fields: { ...fields, grant_type: 'password', scope: 'openid offline_access' },
  },
  refresh: { url: '/oauth/token', body: 'form', fields: { ...fields, grant_type: 'refresh_token' } },
  signout: { url: '/oauth/revoke', body: 'form', fields, refreshTokenField: 'token' },
  onFailedRefresh: (error) => void window.failures.push(error.code),
})
for (const type of ['signin', 'refresh', 'signout'])
  window.auth.on(type, ({ remote }) => window.events.push(`${remote ? 'remote ' : ''}${type}`))
/** Fires requests at once, and answers their statuses or error codes, each once. */
window.fire = async (count) => {
  const outcomes = await Promise.all(
    Array.from({ length: count }, () =>
      window.auth.fetch('/api/me').then(
        (response) => response.status,
        (error) => error.code ?? error.name,
      ),
    ),
  )
  return [...new Set(outcomes)]
}
