import { createAuth } from 'authfetch'

export async function open({ name, tokens, ...options }) {
  const auth = createAuth({
    name,
    wasm: '/authfetch.wasm',
    signin: '/api/signin',
    refresh: '/api/refresh',
    ...options,
  })
  await auth.setTokens(tokens)
  return { auth, get: async (path) => (await auth.fetch(path)).json() }
}
