import { Client, sessionOf } from './client.js'
import { AuthError } from './errors.js'
import { hasPage, pageUrl } from './host/page.js'
import { install } from './host/page-fetch.js'
import { answerUrl, lazyOAuth } from './lazy-oauth.js'
import { absolute, check, json } from './options.js'
import type { Auth, AuthEventType, AuthOptions, RedirectOutcome, Session, Tokens } from './types.js'
import type { WireSession } from './wasm.js'

const events: readonly string[] = ['signin', 'refresh', 'refresherror', 'signout', 'change']

/**
 * Makes a client. In a page it starts loading the module at once, and what is
 * called before that is done waits for it; on a server it does nothing before
 * its first use.
 *
 * @throws {@link AuthError} `bad_options`, which names the option and what was expected
 */
export function createAuth(options: AuthOptions = {}): Auth {
  const checked = check(options)
  const client = new Client(checked)
  let handled: Promise<RedirectOutcome | null> = Promise.resolve(null)
  if (options.onFailedRefresh) client.onFailedRefresh(options.onFailedRefresh)
  if (options.onRefresh) client.on('refresh', options.onRefresh)
  if (options.onRefreshError) client.on('refresherror', options.onRefreshError)
  // Whoever needs the module hears of its failure; nobody else has to.
  if (hasPage()) client.open().catch(() => {})

  const oauth = lazyOAuth(checked, client)
  const session = async (wire: Promise<unknown>) => sessionOf((await wire) as WireSession | null)
  const auth: Auth = {
    signin: async (credentials = {}) => {
      const copy = checked.config.signin === true ? {} : json('credentials', credentials)
      return (await session(client.signin(credentials, copy))) as Session
    },
    fetch: (...args) => client.request(...args),
    onFailedRefresh: (handler) => client.onFailedRefresh(required('onFailedRefresh', handler)),
    signout: async (options) => {
      const { redirect, state = '' } = options ?? {}
      if (redirect && !checked.oauth) await oauth() // which refuses
      const target = redirect && redirect !== true ? absolute('redirect', redirect, pageUrl()) : ''
      const leaving = redirect && { session: await session(client.call('getSession')) }
      await client.call('signout')
      if (leaving) await (await oauth()).leave(target, state, leaving.session)
    },
    refresh: async () => (await session(client.call('refresh'))) as Session,
    getToken: async (options) => {
      if (options === null || (options !== undefined && typeof options !== 'object'))
        throw new AuthError('bad_options', '`getToken`: expected an object of options')
      const { minValidity = 0, forceRefresh = false } = options ?? {}
      if (typeof minValidity !== 'number' || !(minValidity >= 0))
        throw new AuthError('bad_options', '`getToken({ minValidity })`: expected a number of seconds')
      return (await client.call('getToken', minValidity, forceRefresh)) as string | null
    },
    getSession: () => session(client.call('getSession')),
    setTokens: async (tokens) => {
      await client.call(
        'setTokens',
        typeof tokens === 'string' ? tokens : json('tokens', tokens satisfies Tokens),
      )
    },
    on: (type: AuthEventType, listener) => {
      if (!events.includes(type))
        throw new AuthError(
          'bad_options',
          `\`on\`: there is no event \`${type}\`; expected one of ${events.join(', ')}`,
        )
      return client.on(type, required('on', listener))
    },
    signinRedirect: async (options) => (await oauth()).signinRedirect(options),
    handleRedirect: async () => {
      const url = answerUrl(checked.oauth)
      if (url || !checked.oauth) handled = oauth().then((part) => part.handleRedirect(url!))
      return handled
    },
    signinPopup: async (options) => {
      // Now: later the browser takes it for a window that nobody asked for.
      const features = options?.features ?? 'popup,width=480,height=640'
      const popup = checked.oauth ? open('', '_blank', features) : null
      return (await oauth()).signinPopup(popup, options)
    },
    install: () => install(auth.fetch),
    get ready() {
      return client.open()
    },
    close: () => client.close(),
  }
  return auth
}

function required<T>(name: string, callback: T): T {
  if (typeof callback !== 'function') throw new AuthError('bad_options', `\`${name}\`: expected a function`)
  return callback
}
