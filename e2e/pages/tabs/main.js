// A page without a bundler, as plain as it gets. The tests drive window.auth.
import { createAuth } from '/package/authfetch.js'

const fields = { client_id: 'demo' }
const options = new URLSearchParams(location.search)
const number = (name) => (options.has(name) ? { [name]: Number(options.get(name)) } : {})

window.failures = []
window.events = []
window.traced = []
window.shown = []
addEventListener('pageshow', ({ persisted }) => window.shown.push(persisted))
window.auth = createAuth({
  name: options.get('name') ?? 'tabs',
  signin: {
    url: '/oauth/token',
    body: 'form',
    fields: { ...fields, grant_type: 'password', scope: 'openid offline_access' },
  },
  refresh: {
    url: '/oauth/token',
    body: 'form',
    fields: { ...fields, grant_type: 'refresh_token' },
    cookie: options.has('cookie'),
  },
  signout: { url: '/oauth/revoke', body: 'form', fields, refreshTokenField: 'token' },
  ...number('timeout'),
  ...(options.has('attempts') ? { retry: number('attempts') } : {}),
  ...(options.has('own-fetch') ? { fetch: (...args) => fetch(...args) } : {}),
  ...(options.has('keepalive') ? { fetch: (url, init) => fetch(url, { ...init, keepalive: true }) } : {}),
  onFailedRefresh: (error) => void window.failures.push(error.code),
  debug: ({ type }) => window.traced.push(type),
})
for (const type of ['signin', 'refresh', 'signout'])
  window.auth.on(type, ({ remote }) => window.events.push(`${remote ? 'remote ' : ''}${type}`))
/**
 * Fires requests at once, and answers their statuses or error codes, each once. Each
 * asks for something else: the browser's cache has requests for one URL wait in line.
 */
window.fire = async (count) => {
  const outcomes = await Promise.all(
    Array.from({ length: count }, () =>
      window.auth.fetch(`/api/me?${Math.random()}`).then(
        (response) => response.status,
        (error) => error.code ?? error.name,
      ),
    ),
  )
  return [...new Set(outcomes)]
}
/** Has the page controlled by a service worker. */
window.employ = async (script) => {
  await navigator.serviceWorker.register(script, { type: 'module' })
  while (!navigator.serviceWorker.controller) await new Promise((resolve) => setTimeout(resolve, 10))
}
/** All that is stored, as one text. */
window.stored = async () => {
  const request = indexedDB.open('authfetch', 1)
  await new Promise((resolve) => (request.onsuccess = resolve))
  const pages = request.result.transaction('ledger').objectStore('ledger').getAll()
  await new Promise((resolve) => (pages.onsuccess = resolve))
  request.result.close()
  return { local: JSON.stringify(localStorage), ledger: JSON.stringify(pages.result) }
}
