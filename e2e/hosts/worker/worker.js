import { createAuth } from 'authfetch'

let auth
self.onmessage = async ({ data: { id, api, call, args } }) => {
  auth ??= createAuth({ baseUrl: api, signin: '/signin', refresh: '/refresh' })
  const answer = await auth[call](...args)
  self.postMessage({ id, answer: answer instanceof Response ? await answer.text() : answer })
}
