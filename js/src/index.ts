// The package `authfetch`. Importing it has no effect.
export { createAuth } from './auth.js'
export {
  auth,
  configure,
  fetch,
  getSession,
  getToken,
  on,
  onFailedRefresh,
  signin,
  signout,
} from './default.js'
export { AuthError, type AuthErrorCode, type AuthErrorFields } from './errors.js'
export type {
  Auth,
  AuthEvent,
  AuthEventType,
  AuthListener,
  AuthOptions,
  AuthRequestInit,
  Credentials,
  EndpointAnswer,
  EndpointContext,
  EndpointObject,
  FailedRefreshAnswer,
  FailedRefreshHandler,
  GetTokenOptions,
  RequestAuth,
  RetryOptions,
  Session,
  StorageAdapter,
  StorageKeys,
  Tokens,
  TraceEvent,
} from './types.js'
