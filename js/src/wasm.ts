// The contract with the Go module, in types. wasm/main_js.go says what each
// function does.

/** What Go gives to the loader, once. */
export interface Exports {
  open(client: number, config: ClientConfig, port: object): void
  authorize(client: number, request: number, url: string, flags: number): Verdict
  unauthorized(client: number, request: number, url: string, flags: number, credential: string): Verdict
  forget(client: number, request: number): void
  call(client: number, call: number, method: string, ...args: unknown[]): void
  hear(client: number, text: string): void
  look(client: number): void
  wake(client: number): void
  close(client: number): void
  settle(ask: number, ok: boolean, value: unknown): void
  counts(): [functions: number, asks: number, waiting: number]
}

/** The header's value; null: untouched, or hand back what is there; undefined: wait. */
export type Verdict = string | null | undefined

/** The bits of a request's flags. */
export const OWN = 1
export const NEVER = 2
export const ALWAYS = 4
export const FORCE = 8

/** Options, checked and completed: what config_js.go reads. */
export interface ClientConfig {
  name: string
  origins: string[]
  headerName: string
  scheme: string
  tokens: Record<string, string>
  keys: Record<string, string>
  signin: EndpointConfig
  refresh: EndpointConfig
  signout: EndpointConfig
  refreshBefore: number
  timeout: number
  attempts: number
  minDelay: number
  maxDelay: number
  autoRefresh: boolean
  isFinal: boolean
}

/** True stands for a function of the application, false for one of the OAuth client. */
export type EndpointConfig =
  | null
  | boolean
  | {
      url: string
      method: string
      headers: string[]
      form: boolean
      fields: Record<string, unknown>
      rename: string[]
      credentials: string
      refreshTokenField: string
      cookie: boolean
    }

/** A session as it crosses: claims are JSON text. */
export interface WireSession {
  accessToken: string
  expiresAt: number | null
  claims: string
  idToken?: string
}

/** An error as it crosses. */
export interface WireError {
  code: string
  message: string
  status: number
  error: string
  description: string
  transient: boolean
  response: Response | null
  cause: unknown
}

/** A server's answer as it crosses. */
export interface WireReply {
  status: number
  /** The body as JSON, undefined where it is none. */
  body: unknown
  empty: boolean
  /** Whether the body is text of another kind than JSON. */
  text: boolean
  type: string
  retryAfter: string
  /** What Go hands on with an error. */
  response: Response | null
}
