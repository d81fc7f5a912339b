authfetch.configure({
  baseUrl: new URLSearchParams(location.search).get('api'),
  signin: '/signin',
  refresh: '/refresh',
})
// The default client's functions, by their names.
globalThis.auth = { signin: authfetch.signin, fetch: authfetch.fetch }
