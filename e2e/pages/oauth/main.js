// An application that signs in at a server of its own. What the options are, a
// test says before the page loads.
import { AuthError, createAuth } from '/package/authfetch.js'

/** An outcome as data. */
const told = (promise) =>
  promise.then(
    (value) => ({ value: value ?? null }),
    (error) =>
      error instanceof AuthError
        ? {
            code: error.code,
            error: error.error,
            description: error.description,
            message: error.message,
            transient: error.transient,
          }
        : { message: String(error) },
  )

window.told = told
window.address = location.href
window.auth = createAuth({ name: 'app', retry: { attempts: 1 }, ...window.options })
window.failures = []
window.auth.onFailedRefresh((error) => void window.failures.push(error.code))
// As React's StrictMode does: twice, and nobody knows of the other.
window.outcome = told(window.auth.handleRedirect())
window.again = told(window.auth.handleRedirect())
window.cleaned = location.href
