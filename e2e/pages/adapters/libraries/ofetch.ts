import { ofetch } from 'ofetch'
import { auth } from './auth.js'

// Its own second try would come after the session has ended, and hide why.
export const api = ofetch.create({ retry: 0 }, { fetch: auth.fetch })
