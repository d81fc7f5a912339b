// The contract with the module wasm/oauth, in types. Its main_js.go says what each
// function does.

/** What cannot be done, in a sentence; "" where all is well. */
interface Answer {
  problem: string
}

export interface Server extends Answer {
  issuer: string
  authorization: string
  token: string
  revocation: string
  endSession: string
  jwks: string
  saysIssuer: boolean
}

/** Names and values in turn. */
export type Params = string[]

export interface Form {
  url: string
  body: string
}

export interface Pending {
  state: string
  issuer: string
  at: number
  done: boolean
}

export interface Rules {
  discovery(issuer: string): Answer & { urls: string[] }
  server(client: object, metadata: unknown): Server
  authorize(
    client: object,
    server: Server,
    wish: { scope: string; prompt: string; loginHint: string; params: Params },
    secrets: { state: string; nonce: string; challenge: string },
  ): Answer & { url: string; scope: string }
  judge(
    params: Params,
    pending: Pending | null,
    server: Server,
    now: number,
  ): { code: string; error: string; description: string }
  redeem(client: object, server: Server, code: string, verifier: string, redirectUri: string): Answer & Form
  refresh(client: object, server: Server, token: string): Answer & Form
  password(client: object, server: Server, credentials: Params): Answer & Form
  revoke(client: object, server: Server, tokens: string): Form[]
  checkIdToken(
    token: string,
    expected: {
      issuer: string
      clientId: string
      nonce: string
      previous: string
      scope: string
      leeway: number
      now: number
    },
  ): Answer
  proof(
    key: { x: string; y: string },
    wish: { method: string; url: string; id: string; nonce: string; hash: string; now: number },
  ): { text: string }
  thumbprint(key: { x: string; y: string }): { text: string }
  reproof(answer: {
    status: number
    nonce: string
    challenge: string
    code: string
    sent: string
    dated: number
    skew: number
  }): { again: boolean }
  skew(date: number, now: number, known: number): { skew: number }
  logout(client: object, server: Server, idToken: string, returnTo: string, state: string): { url: string }
}
