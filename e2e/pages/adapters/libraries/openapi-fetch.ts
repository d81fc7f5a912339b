import createClient from 'openapi-fetch'
import { auth } from './auth.js'
import type { paths } from './schema.js'

export const api = createClient<paths>({ baseUrl: location.origin, fetch: auth.fetch })
