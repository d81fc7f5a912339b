// `authfetch/playwright`: for end-to-end tests of applications that use authfetch. It
// signs a test in, ends its tokens, and counts refreshes. What is stored is written by
// authfetch itself, in a page of its own at the application's origin; tokens end on the
// way to the server, so that real servers and mocked ones do alike.
// https://playwright.dev/docs/test-fixtures
import { readFile } from 'node:fs/promises'
import type {
  BrowserContext,
  Fixtures,
  PlaywrightTestArgs,
  PlaywrightTestOptions,
  Request,
  Route,
} from '@playwright/test'
import type { AuthOptions, EndpointObject, StorageKeys, Tokens } from '../types.js'

/** What the application gives to `createAuth`, as far as its tests need to know it. */
export interface AuthTestOptions extends Pick<AuthOptions, 'name' | 'baseUrl' | 'header' | 'tokens'> {
  /** An address of the application. The fixture takes Playwright's `baseURL`. */
  url?: string | undefined
  /** The storage, where it is not the default. Only localStorage can be signed in to. */
  storage?: 'local' | { type?: 'local' | undefined; keys?: StorageKeys | undefined } | undefined
  /** The refresh endpoint, or a function that knows its requests. */
  refresh?: string | URL | EndpointObject | ((request: Request) => boolean) | undefined
}

/** A test's session. */
export interface AuthSession {
  /** Signs in with a server's answer or tokens, in all pages of the context, also those that come later. */
  readonly signIn: (tokens: Tokens | string) => Promise<void>
  /** From now on the access tokens that are out are answered with 401, wherever they are sent. */
  readonly expire: () => Promise<void>
  /** `expire`, and the next refresh is refused with 400 `invalid_grant`. */
  readonly revoke: () => Promise<void>
  /** The refreshes that were asked for so far, retries and those that were refused among them. */
  readonly refreshes: readonly Request[]
}

const here = '/authfetch-playwright/'

/** Signs a context in. Afterwards its `storageState({ indexedDB: true })` is that of a signed-in user. */
export async function signIn(
  context: BrowserContext,
  tokens: Tokens | string,
  options: AuthTestOptions,
): Promise<void> {
  await withClient(context, options, { tokens })
}

/** Watches a context's session from now on. */
export function watchSession(context: BrowserContext, options: AuthTestOptions): AuthSession {
  const headerName = (options.header?.name ?? 'Authorization').toLowerCase()
  const scheme = options.header?.scheme ?? 'Bearer'
  const isRefresh = refreshOf(options)
  const refreshes: Request[] = []
  const seen = new Set<string>()
  const expired = new Set<string>()
  let revoked = false
  let routed: Promise<unknown> | undefined
  context.on('request', (request) => {
    const credential = request.headers()[headerName]
    if (credential) seen.add(credential)
    if (isRefresh(request)) refreshes.push(request)
  })

  async function answer(route: Route): Promise<void> {
    const request = route.request()
    if (expired.has(request.headers()[headerName] ?? '')) await route.fulfill(refusal(request, 401))
    else if (revoked && isRefresh(request)) {
      revoked = false // the session ends with it
      await route.fulfill(refusal(request, 400))
    } else await route.fallback()
  }

  async function expire(): Promise<void> {
    routed ??= context.route('**/*', answer)
    await routed
    // One that has not been sent yet is in the storage alone.
    const stored = await withClient(context, options, {})
    if (stored) seen.add(scheme ? `${scheme} ${stored}` : stored)
    for (const credential of seen) expired.add(credential)
  }

  return {
    signIn: (tokens) => signIn(context, tokens, options),
    expire,
    async revoke() {
      revoked = true
      await expire()
    },
    refreshes,
  }
}

export interface AuthFixtures {
  /** What the tests know of the application: `test.use({ authOptions: { refresh: '/refresh' } })`. */
  authOptions: AuthTestOptions
  authSession: AuthSession
}

/** For `test.extend<AuthFixtures>(authFixtures)`. */
export const authFixtures: Fixtures<
  AuthFixtures,
  object,
  Pick<PlaywrightTestArgs, 'context'> & Pick<PlaywrightTestOptions, 'baseURL'>
> = {
  authOptions: [{}, { option: true }],
  authSession: async ({ context, baseURL, authOptions }, use) => {
    await use(watchSession(context, { ...authOptions, url: authOptions.url ?? baseURL }))
  },
}

/** Has a client of the application's session, in a page of its own, adopt tokens; answers its access token. */
async function withClient(
  context: BrowserContext,
  options: AuthTestOptions,
  { tokens }: { tokens?: Tokens | string },
): Promise<string | null> {
  const { url, name, storage, tokens: paths, refresh } = options
  if (!url) throw new Error('authfetch/playwright: `url`, or Playwright’s `baseURL`, must be set')
  const page = await context.newPage()
  try {
    const base = new URL(here, url).href
    await page.route(`${base}**`, (route) => file(route, base))
    await page.goto(base)
    const cookie = typeof refresh === 'object' && 'cookie' in refresh && refresh.cookie
    const given = {
      ...(name === undefined ? {} : { name }),
      ...(storage === undefined ? {} : { storage }),
      ...(paths === undefined ? {} : { tokens: paths }),
      ...(cookie ? { refresh: { url: base, cookie } } : {}), // then no refresh token is kept
      autoRefresh: false,
    }
    return await page.evaluate(
      async ({ module, given, tokens }) => {
        const { createAuth } = (await import(module)) as typeof import('../index.js')
        const auth = createAuth(given)
        if (tokens !== undefined) await auth.setTokens(tokens)
        const session = await auth.getSession()
        auth.close()
        return session && session.accessToken
      },
      { module: `${base}authfetch.js`, given, tokens },
    )
  } finally {
    await page.close()
  }
}

/** The page of `withClient`, and the package's files for it. */
async function file(route: Route, base: string): Promise<void> {
  const name = route.request().url().slice(base.length)
  const contentType = { '': 'text/html', 'authfetch.js': 'text/javascript' }[name] ?? 'application/wasm'
  const body = name ? await readFile(new URL(name, import.meta.url)) : '<!doctype html>'
  await route.fulfill({ contentType, body })
}

/** What a server would say, also to a page of another origin. RFC 6749 section 5.2, RFC 6750 section 3.1. */
function refusal(request: Request, status: 400 | 401): Parameters<Route['fulfill']>[0] {
  return {
    status,
    headers: {
      'Access-Control-Allow-Origin': request.headers()['origin'] ?? '*',
      'Access-Control-Allow-Credentials': 'true',
      'Access-Control-Expose-Headers': 'WWW-Authenticate',
      ...(status === 401 ? { 'WWW-Authenticate': 'Bearer error="invalid_token"' } : {}),
    },
    json: { error: status === 401 ? 'invalid_token' : 'invalid_grant' },
  }
}

/** Tells refreshes from other requests, also from sign-ins at the same token endpoint. */
function refreshOf({ refresh, baseUrl, url }: AuthTestOptions): (request: Request) => boolean {
  if (typeof refresh === 'function') return refresh
  if (refresh === undefined) return () => false
  const address = typeof refresh === 'object' && 'url' in refresh ? refresh.url : refresh
  const { href } = new URL(address, baseUrl ? new URL(baseUrl, url) : url)
  return (request) => {
    if (request.url() !== href || request.method() === 'OPTIONS') return false
    const grant = /\bgrant_type"?\s*[=:]\s*"?(\w+)/.exec(request.postData() ?? '')?.[1]
    return grant === undefined || grant === 'refresh_token'
  }
}
