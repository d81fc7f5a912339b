import { createAuth } from 'authfetch'
import { Client } from './client.js'

/** Rendered on the server, with a session of its own that lives as long as the request. */
export default async function Page({ searchParams }) {
  const { api } = await searchParams
  const auth = createAuth({ baseUrl: api, signin: '/signin' })
  await auth.signin({ username: 'grace', password: 'hopper' })
  const { item, user } = await (await auth.fetch('/items/rendered')).json()
  auth.close()
  return <Client api={api} text={`${item} for ${user}`} />
}
