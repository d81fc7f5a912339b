// What tests find in the page: the package, and the means to say as data what
// became of a call. It is served as it is.
import * as authfetch from '/authfetch.js'

/** An error as data. */
function told(error) {
  if (typeof error !== 'object' || error === null) return { value: String(error) }
  const { name, message, code, status, description, transient } = error
  const own = error instanceof authfetch.AuthError
  return {
    class: Object.prototype.toString.call(error).slice(8, -1) + ' ' + error.constructor.name,
    name,
    message,
    ...(own ? { code, status, error: error.error, description, transient } : {}),
  }
}

/** Calls, and tells what comes: an answer, read whole, or an exception. */
async function outcome(call) {
  let promise
  try {
    promise = call()
  } catch (error) {
    return { threwAtOnce: told(error) }
  }
  try {
    const response = await promise
    const { status, statusText, type, url, redirected } = response
    const headers = Object.fromEntries(response.headers)
    delete headers.date
    return { status, statusText, type, url, redirected, headers, body: await response.text() }
  } catch (error) {
    return { rejected: told(error) }
  }
}

/** Calls, and tells whether it rejects with that very value. */
async function rejectsWith(promise, reason) {
  try {
    await promise
  } catch (error) {
    return error === reason ? 'the reason' : told(error)
  }
  return 'resolved'
}

/** All that can be reached from a value, as one text in which a token can be looked for. */
function everything(value, seen = new Set()) {
  if (typeof value === 'function') return ''
  if (typeof value !== 'object' || value === null) return `${String(value)}\n`
  if (seen.has(value)) return ''
  seen.add(value)
  let text = `${value.name} ${value.message} ${value.stack}\n`
  if (value instanceof Headers || value instanceof Map) text += JSON.stringify([...value])
  if (value instanceof Response) text += `${value.url} ${everything(value.headers, seen)}`
  for (const key of Reflect.ownKeys(value)) text += `${String(key)}: ${everything(value[key], seen)}`
  return text
}

/** A client with the endpoints of the faults server, whose delays are short. */
function client(options = {}) {
  return authfetch.createAuth({
    signin: '/signin',
    refresh: '/refresh',
    retry: { attempts: 1 },
    ...options,
  })
}

/** What a test keeps from one evaluation to the next. */
const kept = {}

Object.assign(globalThis, { faults: { ...authfetch, client, everything, kept, outcome, rejectsWith, told } })
