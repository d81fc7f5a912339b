// Checks and completes the options of createAuth, at once and by name: the
// module may still be loading.
import { AuthError } from './errors.js'
import { hasPage, pageUrl } from './host/page.js'
import { pageFetch } from './host/page-fetch.js'
import type { AuthOptions, EndpointObject, OAuthOptions, StorageAdapter, StorageKeys } from './types.js'
import type { ClientConfig, EndpointConfig } from './wasm.js'

export type StorageKind = 'local' | 'session' | 'memory' | StorageAdapter

/** What a client works with: the part that Go decides by, and the part that stays here. */
export interface Checked {
  config: ClientConfig
  options: AuthOptions
  storage: StorageKind
  baseUrl: string | undefined
  fetch: typeof fetch
  pageFetch: typeof fetch
  oauth: CheckedOAuth | undefined
}

/** The option `oauth` with its URLs absolute. */
export type CheckedOAuth = Pick<
  OAuthOptions,
  'issuer' | 'clientId' | 'scope' | 'params' | 'leeway' | 'wasm' | 'verify' | 'dpop'
> & {
  [Name in 'redirectUri' | `${'token' | 'authorization' | 'revocation' | 'endSession'}Url`]?: string
}

function wrong(option: string, expected: string, got: unknown): AuthError {
  return new AuthError('bad_options', `Option \`${option}\`: expected ${expected}, got ${describe(got)}`)
}

/** Names a value without quoting it: it may be a secret in the wrong place. */
function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string'
  if (typeof value === 'object') return 'an object'
  return typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`
}

/** RFC 9110 section 5.6.2: header names and methods. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

const known = new Set(
  (
    'name wasm baseUrl origins signin refresh signout tokens header storage refreshBefore autoRefresh ' +
    'oauth isUnauthorized isFinal retry timeout onFailedRefresh onRefresh onRefreshError fetch debug'
  ).split(' '),
)

export function check(options: AuthOptions = {}): Checked {
  object('options', options)
  only('', options, known)
  const name = text('name', options.name, 'authfetch')
  if (!name) throw wrong('name', 'a string that is not empty', name)
  const baseUrl = options.baseUrl === undefined ? undefined : absolute('baseUrl', options.baseUrl, pageUrl())
  const header = optional('header', options.header, new Set(['name', 'scheme']))
  const retry = optional('retry', options.retry, new Set(['attempts', 'minDelay', 'maxDelay']))
  const paths = new Set(['accessToken', 'refreshToken', 'expiresIn', 'expiresAt', 'idToken'])
  const { storage, keys } = storageOf(options.storage, name)
  for (const callback of [
    'isUnauthorized',
    'isFinal',
    'onFailedRefresh',
    'onRefresh',
    'onRefreshError',
    'fetch',
  ] as const)
    if (options[callback] !== undefined && typeof options[callback] !== 'function')
      throw wrong(callback, 'a function', options[callback])
  if (
    options.debug !== undefined &&
    typeof options.debug !== 'boolean' &&
    typeof options.debug !== 'function'
  )
    throw wrong('debug', 'a boolean or a function', options.debug)
  checkSource(options.wasm)
  const headerName = text('header.name', header.name, 'Authorization')
  if (!token.test(headerName)) throw wrong('header.name', 'a header name', headerName)
  const scheme = text('header.scheme', header.scheme, options.oauth?.dpop ? 'DPoP' : 'Bearer')
  if (!/^[!-~]*$/.test(scheme))
    throw wrong('header.scheme', 'a word without blanks, or an empty string', scheme)
  const minDelay = amount('retry.minDelay', retry.minDelay, 300)

  const base = baseUrl ?? pageUrl()
  const oauth = oauthOf(options, base)
  const endpoint = (name: string, value: unknown) => (oauth ? false : endpointOf(name, value, base))
  return {
    options,
    storage,
    baseUrl,
    fetch: options.fetch ?? pageFetch(),
    pageFetch: pageFetch(),
    oauth,
    config: {
      name,
      origins: originsOf(options.origins, baseUrl),
      headerName,
      scheme,
      tokens: texts('tokens', optional('tokens', options.tokens, paths)),
      keys,
      signin: endpoint('signin', options.signin),
      refresh: endpoint('refresh', options.refresh === false ? undefined : options.refresh),
      signout: endpoint('signout', options.signout),
      refreshBefore: amount('refreshBefore', options.refreshBefore, 60) * 1000,
      timeout: amount('timeout', options.timeout, 10_000, 1),
      attempts: Math.floor(amount('retry.attempts', retry.attempts, 3, 1)),
      minDelay,
      maxDelay: amount('retry.maxDelay', retry.maxDelay, Math.max(5000, minDelay), minDelay),
      autoRefresh: flag('autoRefresh', options.autoRefresh, hasPage()),
      isFinal: options.isFinal !== undefined,
    },
  }
}

function object(option: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(option, 'an object', value)
}

/** Refuses names that nobody would read, most of them typing errors. */
function only(option: string, value: object, names: Set<string>): void {
  for (const name of Object.keys(value))
    if (!names.has(name)) {
      const path = option ? `${option}.${name}` : name
      throw new AuthError(
        'bad_options',
        `Option \`${path}\` is unknown: expected one of ${[...names].join(', ')}`,
      )
    }
}

function optional<T extends object>(option: string, value: T | undefined, names: Set<string>): Partial<T> {
  if (value === undefined) return {}
  object(option, value)
  only(option, value, names)
  return value
}

function text(option: string, value: unknown, fallback: string): string {
  if (value === undefined) return fallback
  if (typeof value !== 'string') throw wrong(option, 'a string', value)
  return value
}

function flag(option: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback
  if (typeof value !== 'boolean') throw wrong(option, 'a boolean', value)
  return value
}

function amount(option: string, value: unknown, fallback: number, least = 0): number {
  if (value === undefined) return fallback
  if (typeof value !== 'number' || !Number.isFinite(value) || value < least)
    throw wrong(option, `a number of at least ${least}`, value)
  return value
}

function texts(option: string, value: object): Record<string, string> {
  const given = Object.entries(value).filter(([, item]) => item !== undefined)
  for (const [name, item] of given)
    if (typeof item !== 'string') throw wrong(`${option}.${name}`, 'a string', item)
  return Object.fromEntries(given)
}

/** A URL of http or https as text, absolute; throws by the option's name. */
export function absolute(option: string, value: unknown, base: string | undefined): string {
  if (typeof value !== 'string' && !(value instanceof URL)) throw wrong(option, 'a URL', value)
  let url: URL
  try {
    url = new URL(value, base)
  } catch {
    const hint =
      base === undefined
        ? 'an absolute URL, since there is no page and no `baseUrl` to resolve it against'
        : 'a URL'
    throw wrong(option, hint, value)
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw wrong(option, 'an http or https URL', value)
  if (url.username || url.password) throw wrong(option, 'a URL without user name and password', value)
  return url.href
}

function originsOf(value: unknown, baseUrl: string | undefined): string[] {
  if (value === undefined) {
    const defaults = [pageUrl(), baseUrl].filter((url) => url !== undefined)
    return [...new Set(defaults.map((url) => new URL(url).origin))]
  }
  if (!Array.isArray(value)) throw wrong('origins', 'an array of origins', value)
  return value.map((item: unknown, i) => {
    const option = `origins[${i}]`
    const url = new URL(absolute(option, item, undefined))
    if (url.hostname.includes('*')) throw wrong(option, 'an origin without a wildcard', item)
    if (url.pathname !== '/' || url.search || url.hash)
      throw wrong(option, 'an origin such as "https://api.example.com", without a path', item)
    return url.origin
  })
}

const endpointNames = new Set(
  'url method headers body fields rename credentials refreshTokenField cookie'.split(' '),
)

function endpointOf(option: string, value: unknown, base: string | undefined): EndpointConfig {
  if (value === undefined) return null
  if (typeof value === 'function') return true
  const spec: EndpointObject =
    typeof value === 'string' || value instanceof URL ? { url: value } : (value as EndpointObject)
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec))
    throw wrong(
      option,
      option === 'refresh' ? 'a URL, an endpoint, a function or false' : 'a URL, an endpoint or a function',
      value,
    )
  only(option, spec, endpointNames)
  const method = text(`${option}.method`, spec.method, 'POST').toUpperCase()
  if (!token.test(method) || /^(CONNECT|TRACE|TRACK)$/.test(method))
    throw wrong(`${option}.method`, 'an HTTP method that fetch can send', spec.method)
  const cookie = flag(`${option}.cookie`, spec.cookie, false)
  if ((method === 'GET' || method === 'HEAD') && !cookie)
    throw wrong(
      `${option}.method`,
      'a method with a body, since a password or token must not be in a URL',
      spec.method,
    )
  if (spec.body !== undefined && spec.body !== 'json' && spec.body !== 'form')
    throw wrong(`${option}.body`, "'json' or 'form'", spec.body)
  const credentials = spec.credentials
  if (credentials !== undefined && !['omit', 'same-origin', 'include'].includes(credentials))
    throw wrong(`${option}.credentials`, "'omit', 'same-origin' or 'include'", credentials)
  const fields = json(`${option}.fields`, spec.fields)
  if (spec.body === 'form')
    for (const [name, item] of Object.entries(fields))
      if (typeof item === 'object' && item !== null)
        throw wrong(`${option}.fields.${name}`, 'a plain value, which a form can hold', item)
  return {
    url: absolute(`${option}.url`, spec.url, base),
    method,
    headers: headersOf(`${option}.headers`, spec.headers),
    form: spec.body === 'form',
    fields,
    rename: flat(`${option}.rename`, spec.rename),
    credentials: credentials ?? '',
    refreshTokenField: text(`${option}.refreshTokenField`, spec.refreshTokenField, ''),
    cookie,
  }
}

function headersOf(option: string, value: unknown): string[] {
  const list = flat(option, value)
  list.forEach((item, i) => {
    const fine = i % 2 ? !/[\0\r\n]|[^\0-\xff]/.test(item) : token.test(item)
    if (!fine)
      throw wrong(`${option}.${list[i - (i % 2)]!}`, 'a name and a value that a header can have', item)
  })
  return list
}

function flat(option: string, value: unknown): string[] {
  if (value === undefined) return []
  object(option, value)
  return Object.entries(texts(option, value as object)).flat()
}

/** Copies data as JSON has it, so that what Go reads cannot throw. */
export function json(option: string, value: unknown): Record<string, unknown> {
  if (value === undefined) return {}
  object(option, value)
  try {
    return JSON.parse(JSON.stringify(value)) as Record<string, unknown>
  } catch {
    throw wrong(option, 'values that JSON can hold', value)
  }
}

const oauthUrls = 'issuer redirectUri tokenUrl authorizationUrl revocationUrl endSessionUrl'.split(' ')
const oauthNames = new Set([...oauthUrls, ...'clientId scope params leeway wasm verify dpop'.split(' ')])

/** The rest is checked where it is used, by the rules (wasm/oauth). */
function oauthOf(options: AuthOptions, base: string | undefined): CheckedOAuth | undefined {
  const { oauth } = options
  if (oauth === undefined) return undefined
  optional('oauth', oauth, oauthNames)
  for (const other of ['signin', 'refresh', 'signout'] as const)
    if (options[other] !== undefined) throw wrong(other, 'none beside `oauth`, which sets it', options[other])
  if (!text('oauth.clientId', oauth.clientId, '')) throw wrong('oauth.clientId', 'the name', oauth.clientId)
  text('oauth.issuer', oauth.issuer, '')
  if (!oauth.issuer && oauth.tokenUrl === undefined)
    throw wrong('oauth.issuer', "the server's URL, or a `tokenUrl`", oauth.issuer)
  const page = pageUrl()
  const { redirectUri = page && new URL('/', page) } = oauth
  const given: Record<string, unknown> = { ...oauth, redirectUri }
  for (const name of oauthUrls)
    if (given[name] !== undefined) {
      const url = absolute(`oauth.${name}`, given[name], name === 'redirectUri' ? page : base)
      if (name !== 'issuer') given[name] = url // an issuer is compared as it is
    }
  return given as unknown as CheckedOAuth
}

const storageTypes = ['local', 'session', 'memory'] as const

function storageOf(
  value: AuthOptions['storage'],
  name: string,
): { storage: StorageKind; keys: Record<string, string> } {
  const fallback = typeof document === 'undefined' ? 'memory' : 'local'
  if (value === undefined) return { storage: fallback, keys: {} }
  if (typeof value === 'string') return { storage: storageType('storage', value), keys: {} }
  object('storage', value)
  if ('get' in value || 'set' in value || 'remove' in value) {
    for (const method of ['get', 'set', 'remove'] as const)
      if (typeof (value as StorageAdapter)[method] !== 'function')
        throw wrong(`storage.${method}`, 'a function', (value as StorageAdapter)[method])
    return { storage: value as StorageAdapter, keys: {} }
  }
  const { type, keys } = value as { type?: string; keys?: StorageKeys }
  only('storage', value, new Set(['type', 'keys']))
  const names = texts(
    'storage.keys',
    optional('storage.keys', keys, new Set(['accessToken', 'refreshToken', 'expiresAt', 'idToken'])),
  )
  for (const [which, key] of Object.entries(names))
    if (!key || key === name || Object.values(names).filter((other) => other === key).length > 1)
      throw wrong(`storage.keys.${which}`, 'a key of its own, other than the `name` and the other keys', key)
  return { storage: type === undefined ? fallback : storageType('storage.type', type), keys: names }
}

function storageType(option: string, value: string): 'local' | 'session' | 'memory' {
  const type = storageTypes.find((type) => type === value)
  if (!type)
    throw wrong(
      option,
      "'local', 'session', 'memory', { type, keys } or an adapter { get, set, remove }",
      value,
    )
  return type
}

/** What the module may come from, or a promise of it. */
export function checkSource(value: unknown): void {
  const fine =
    value === undefined ||
    (typeof value === 'string' && value !== '') ||
    (typeof value === 'object' &&
      value !== null &&
      (value instanceof URL ||
        value instanceof ArrayBuffer ||
        ArrayBuffer.isView(value) ||
        'then' in value ||
        (typeof Response !== 'undefined' && value instanceof Response) ||
        (typeof WebAssembly !== 'undefined' && value instanceof WebAssembly.Module)))
  if (!fine) throw wrong('wasm', 'a URL, Response, promise, ArrayBuffer or WebAssembly.Module', value)
}
