// The browser's fetch, with the token in hand: what cannot be beaten.
export function open({ tokens }) {
  const headers = { Authorization: `Bearer ${tokens.access_token}` }
  return { get: async (path) => (await fetch(path, { headers })).json() }
}
