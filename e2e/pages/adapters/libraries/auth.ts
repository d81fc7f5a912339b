import { createAuth } from 'authfetch'
import { tokenIsRefused } from './graphql.js'

export const auth = createAuth({ signin: '/signin', refresh: '/refresh', isUnauthorized: tokenIsRefused })
