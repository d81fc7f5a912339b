import ky from 'ky'
import { auth } from './auth.js'

export const api = ky.create({ fetch: auth.fetch })
