import * as session from './before.js'
import { start } from './page.js'

start(session)
