// A server's own use of an API: says what came of it as JSON. The API's /expire ends all access tokens.
import { createAuth } from 'authfetch'

const api = process.argv[2]
const expire = () => fetch(`${api}/expire`, { method: 'POST' })
const use = async (options) => {
  const auth = createAuth({ baseUrl: api, signin: '/signin', refresh: '/refresh', ...options })
  await auth.signin({ username: 'ada', password: 'lovelace' })
  await expire()
  const answers = await Promise.all([1, 2, 3].map((n) => auth.fetch(`/items/${n}`)))
  auth.close()
  return answers.map(({ status }) => status)
}

console.log(JSON.stringify({ byDefault: await use({}), switchedOn: await use({ autoRefresh: true }) }))
