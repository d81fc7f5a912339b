import { name, visit } from './visit.js'

visit({
  async signin() {
    const headers = { 'Content-Type': 'application/json' }
    const body = JSON.stringify({ username: name })
    const answer = await fetch('/api/signin', { method: 'POST', headers, body })
    localStorage.setItem(`${name}.access`, (await answer.json()).access_token)
  },
  async get(path) {
    return (
      await fetch(path, { headers: { Authorization: `Bearer ${localStorage.getItem(`${name}.access`)}` } })
    ).json()
  },
})
