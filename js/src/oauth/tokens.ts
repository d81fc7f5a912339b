// The token and the revocation endpoint: what is posted there, and the ID tokens
// in the answers. Whether an answer holds tokens, the core judges.
import type { Credentials, EndpointContext } from '../types.js'
import { paramsOf, Problem, type Connection } from './server.js'
import { proverOf } from './proving.js'
import type { Form } from './rules.js'
import { verification } from './verifying.js'

/** A code that the server has granted, and what proves that it is ours. */
export interface Code {
  code: string
  verifier: string
  nonce: string
  scope: string
  redirectUri: string
}

/**
 * Codes on their way through the core, by the credentials that stand for them
 * there. No credentials of an application can be taken for one.
 */
const codes = new WeakMap<object, Code>()

/** What an ID token is to be held against. */
interface Expected {
  nonce?: string
  scope?: string
  previous?: string
}

/** Credentials for `signin` of the core that redeem a code. */
export function credentialsOf(code: Code): Credentials {
  const credentials = {}
  codes.set(credentials, code)
  return credentials
}

export async function signin(
  connection: Connection,
  credentials: Credentials,
  context: EndpointContext,
): Promise<Response> {
  const server = await connection.server('token')
  const { client, host } = connection
  const code = codes.get(credentials)
  if (code) {
    const { verifier, redirectUri, ...expected } = code
    const form = await connection.ask('redeem', client, server, code.code, verifier, redirectUri)
    return grant(connection, form, context, expected)
  }
  const given = paramsOf('credentials', credentials, host)
  return grant(connection, await connection.ask('password', client, server, given), context, {})
}

export async function refresh(
  connection: Connection,
  token: string,
  context: EndpointContext,
): Promise<Response> {
  const server = await connection.server('token')
  const session = await connection.session()
  const form = await connection.ask('refresh', connection.client, server, token)
  return grant(connection, form, context, { previous: session?.idToken ?? '' })
}

export async function signout(
  connection: Connection,
  tokens: string,
  context: EndpointContext,
): Promise<void> {
  const server = await connection.server('revocation')
  const forms = await connection.ask('revoke', connection.client, server, tokens)
  await Promise.allSettled(forms.map((form) => post(form, context, true)))
}

/** Asks for tokens, and looks at the ID token among them before anybody else does. */
async function grant(
  connection: Connection,
  form: Form,
  context: EndpointContext,
  { nonce = '', scope = '', previous = '' }: Expected,
): Promise<Response> {
  const verify = await verification(connection)
  const prover = await proverOf(connection)
  const sent = await prover?.grant(context.fetch, form.url, posting(form, context))
  const response = sent?.response ?? (await post(form, context))
  if (!response.ok) return response
  const tokens = await fieldsOf(response)
  const { issuer, leeway, host } = connection
  const { clientId } = host.oauth
  // RFC 9449 section 5: a server that does not know DPoP binds nothing.
  const unbound = sent && text(tokens.token_type).toLowerCase() !== 'dpop'
  const [idToken, accessToken] = [text(tokens.id_token), text(tokens.access_token)]
  try {
    if (unbound) throw new Problem('the server did not bind the tokens to the key (token_type)', false)
    const expected = { issuer, clientId, nonce, scope, previous, leeway, now: Date.now() }
    await connection.ask('checkIdToken', idToken, expected)
    await verify?.({ idToken, accessToken, nonce, previous })
  } catch (error) {
    if (!(error instanceof Problem) || error.transient) throw error
    // Whatever came with it is nobody's: it must not be left valid.
    const granted = `${accessToken} ${text(tokens.refresh_token)}`
    void signout(connection, granted, {
      ...context,
      signal: AbortSignal.timeout(host.checked.config.timeout),
    }).catch(() => {})
    throw refusal(error, unbound ? 'invalid_token_type' : 'invalid_id_token')
  }
  await sent?.begun(accessToken)
  return response
}

/**
 * The core takes an exception with a status for the answer behind it. An answer
 * that is wrong counts as a refusal: trying again would present a used token.
 */
function refusal(problem: Problem, error: string): Problem {
  const data = { error, error_description: problem.message }
  return Object.assign(problem, { status: 400, response: { status: 400, data } })
}

function post(form: Form, context: EndpointContext, keepalive?: boolean): Promise<Response> {
  return context.fetch(form.url, posting(form, context, keepalive))
}

/**
 * How a form is posted. It follows no redirect: it holds a secret. A revocation outlives
 * its page; a request for tokens does not, since nobody is left to store them.
 */
function posting({ body }: Form, { signal }: EndpointContext, keepalive = false): RequestInit {
  return {
    method: 'POST',
    headers: { Accept: 'application/json', 'Content-Type': 'application/x-www-form-urlencoded' },
    body,
    cache: 'no-store',
    redirect: 'error',
    keepalive,
    signal,
  }
}

/** What an answer holds, which stays unread for the core. */
async function fieldsOf(response: Response): Promise<Record<string, unknown>> {
  try {
    const answer: unknown = await response.clone().json()
    return typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

const text = (value: unknown) => (typeof value === 'string' ? value : '')
