import * as session from './after.js'
import { start } from './page.js'

start(session)
