import { createAuth } from './authfetch.js'

globalThis.auth = createAuth({
  baseUrl: new URLSearchParams(location.search).get('api'),
  signin: '/signin',
  refresh: '/refresh',
})
