// `authfetch/axios`: an axios instance whose requests go through auth.fetch. axios's
// own fetch adapter does all the rest, so that interceptors, cancellation, progress
// and errors are what they are without authfetch. axios is not imported: an
// application may have it as another kind of module, and would get it twice.
// https://axios-http.com/docs/req_config
import type { AxiosInstance, AxiosResponse } from 'axios'
import type { AuthError } from '../errors.js'
import type { Auth } from '../types.js'

/**
 * Has an instance send its requests with `auth.fetch`. Interceptors and all defaults
 * stay as they are. Answers the same instance. axios 1.12 or later.
 */
export function withAuth<Instance extends Pick<AxiosInstance, 'defaults'>>(
  instance: Instance,
  auth: Pick<Auth, 'fetch'>,
): Instance {
  instance.defaults.adapter = 'fetch'
  instance.defaults.env = {
    ...instance.defaults.env,
    fetch: async (input, init) => {
      try {
        return await auth.fetch(input, init)
      } catch (error) {
        throw isAuthError(error) && error.response ? withAxiosResponse(error, error.response, input) : error
      }
    },
  }
  return instance
}

/** By its name: what is loaded from another file is of another class. */
function isAuthError(error: unknown): error is AuthError {
  return error instanceof Error && error.name === 'AuthError'
}

/**
 * axios makes its error of ours, and takes over its response. Code that catches axios's
 * errors looks for axios's responses: `error.response.data.message` must not throw.
 */
function withAxiosResponse(error: AuthError, answer: Response, input: unknown): AuthError {
  const { url = '', method = '' } = input instanceof Request ? input : {}
  const response: AxiosResponse = {
    // The server's words as the error holds them: no token is in them.
    data: { error: error.error, error_description: error.description },
    status: answer.status,
    statusText: answer.statusText,
    headers: Object.fromEntries(answer.headers),
    config: { url, method: method.toLowerCase() } as AxiosResponse['config'],
    request: input,
  }
  const Same = error.constructor as typeof AuthError
  return new Same(error.code, error.message, Object.assign({}, error, { response }))
}
