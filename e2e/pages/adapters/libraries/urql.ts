import { Client, cacheExchange, fetchExchange } from '@urql/core'
import { auth } from './auth.js'

export const client = new Client({
  url: '/graphql',
  fetch: auth.fetch,
  preferGetMethod: false,
  exchanges: [cacheExchange, fetchExchange],
})
