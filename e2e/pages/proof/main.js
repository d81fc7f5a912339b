// An application that signs in at a server. What the options are, a test says before
// the page loads.
import { AuthError, createAuth } from '/package/authfetch.js'

/** An outcome as data. */
window.told = (promise) =>
  promise.then(
    (value) => ({ value: value ?? null }),
    (error) =>
      error instanceof AuthError
        ? { code: error.code, error: error.error, message: error.message, transient: error.transient }
        : { message: String(error) },
  )

const { name = 'app', retry = { attempts: 1 }, ...options } = window.options
window.auth = createAuth({ name, retry, ...options })
window.outcome = window.told(window.auth.handleRedirect())
