/** What went wrong, for code to branch on. Stable. */
export type AuthErrorCode =
  | 'bad_options'
  | 'signin_failed'
  | 'refresh_failed'
  | 'not_signed_in'
  | 'signed_out'
  | 'closed'
  | 'wasm_failed'
  | 'storage_failed'

/** The fields of an {@link AuthError} beside its code and message. */
export interface AuthErrorFields {
  status?: number | undefined
  error?: string | undefined
  description?: string | undefined
  response?: Response | undefined
  transient?: boolean | undefined
  cause?: unknown
}

/**
 * Every error that authfetch makes. What the browser or the application throws
 * is handed on as the same object instead. No message and no property ever holds
 * a token or a password.
 */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  /** What went wrong. */
  readonly code: AuthErrorCode
  /** The HTTP status of the server's answer, where one came. */
  readonly status: number | undefined
  /** The server's `error` (RFC 6749 section 5.2), such as `invalid_grant`. */
  readonly error: string | undefined
  /** The server's `error_description`, or what it sent in its place. */
  readonly description: string | undefined
  /** The server's answer, unread, where it refused. */
  readonly response: Response | undefined
  /** True where the session stays and a later try may succeed. */
  readonly transient: boolean
  /** What led to this error: an exception, or another AuthError. */
  override readonly cause: unknown

  constructor(code: AuthErrorCode, message: string, fields: AuthErrorFields = {}) {
    super(message)
    this.code = code
    this.status = fields.status || undefined
    this.error = fields.error || undefined
    this.description = fields.description || undefined
    this.response = fields.response ?? undefined
    this.transient = fields.transient ?? false
    this.cause = fields.cause ?? undefined
  }
}
