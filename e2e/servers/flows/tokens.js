// Who may do what: the users, and the tokens that they were given. Refresh tokens
// are used up by use where `rotate` says so, as RFC 9700 section 4.14.2 wants it.
import { createHmac, randomBytes } from 'node:crypto'

/** Every flow knows these. */
export const users = [
  { username: 'ada', email: 'ada@example.com', password: 'lovelace' },
  { username: 'grace', email: 'grace@example.com', password: 'hopper' },
]

const secret = randomBytes(32)
const encode = (/** @type {object} */ value) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A JWT of RFC 7519, signed with HS256. */
function jwtOf(/** @type {object} */ claims) {
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

export class TokenBook {
  /** @type {Map<string, { user: string, until: number }>} */
  #access = new Map()
  /** @type {Map<string, string>} */
  #refresh = new Map()

  /** @param {{ lifetime?: number, rotate?: boolean, jwt?: boolean }} [options] */
  constructor({ lifetime = 3600, rotate = true, jwt = false } = {}) {
    this.lifetime = lifetime
    this.rotate = rotate
    this.jwt = jwt
  }

  /** Tokens for a name or e-mail address and its password, or undefined. */
  signin(/** @type {string} */ name, /** @type {string} */ password) {
    const user = users.find(
      (user) => [user.username, user.email].includes(name) && user.password === password,
    )
    return user && this.grant(user.username)
  }

  /** New tokens for a refresh token, or undefined where it is not valid, or no longer. */
  renew(/** @type {string} */ refreshToken) {
    const user = this.#refresh.get(refreshToken)
    if (!user) return undefined
    if (this.rotate) this.#refresh.delete(refreshToken)
    return this.grant(user, this.rotate)
  }

  grant(/** @type {string} */ user, withRefresh = true) {
    const iat = Math.floor(Date.now() / 1000)
    const exp = iat + this.lifetime
    const id = randomBytes(16).toString('base64url')
    const access = this.jwt ? jwtOf({ sub: user, iat, exp, jti: id }) : id
    this.#access.set(access, { user, until: exp * 1000 })
    const refresh = withRefresh ? randomBytes(16).toString('base64url') : undefined
    if (refresh) this.#refresh.set(refresh, user)
    return { access, refresh, expiresIn: this.lifetime }
  }

  /** Whose access token this is, or undefined where it is not valid, or no longer. */
  userOf(/** @type {string} */ access) {
    const found = this.#access.get(access)
    return found && found.until > Date.now() ? found.user : undefined
  }

  /** Ends the access tokens that are out, before their time and without a word to anybody. */
  expire() {
    this.#access.clear()
  }

  revoke(/** @type {string} */ refreshToken) {
    this.#refresh.delete(refreshToken)
  }

  /** Ends all refresh tokens that are out. */
  revokeAll() {
    this.#refresh.clear()
  }
}

/** The token of a header such as `Bearer abc`, or an empty string. */
export function credential(/** @type {string | undefined} */ header, scheme = 'Bearer') {
  return header?.startsWith(`${scheme} `) ? header.slice(scheme.length + 1) : ''
}

/** The API that all flows share, once it is known who asks: it tells what it was sent. */
export function api(
  /** @type {import('./kit.js').Entry} */ { method, path, body },
  /** @type {string} */ user,
) {
  if (path === '/me') return { body: { user } }
  if (path.startsWith('/items/')) return { body: { item: path.slice('/items/'.length), user } }
  if (path === '/notes' && method === 'POST') return { status: 201, body: { note: body, user } }
  return { status: 404, body: { message: 'There is nothing here' } }
}
