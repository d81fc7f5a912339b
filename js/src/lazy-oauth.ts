// What the package proper has of the OAuth client: how it is loaded, where it is
// needed, and the address bar, which must not wait for that.
import { sessionOf, type Client } from './client.js'
import { AuthError } from './errors.js'
import { bare } from './exchange.js'
import { Module } from './module.js'
import type { OAuth } from './oauth/host.js'
import type { Checked, CheckedOAuth } from './options.js'

/** Puts the OAuth client in place of the endpoints. Returns what loads it. */
export function lazyOAuth(checked: Checked, client: Client): () => Promise<OAuth> {
  const { oauth } = checked
  let part: Promise<OAuth> | undefined
  const load = async () => {
    if (!oauth) throw new AuthError('bad_options', 'Option `oauth`: expected where this is called')
    part ??= import('./oauth.js').then(({ open }) =>
      open({ AuthError, Module, sessionOf, checked, client, oauth }),
    )
    try {
      return await part
    } catch (error) {
      part = undefined // a later call tries again
      throw error
    }
  }
  if (oauth) {
    checked.options = {
      ...checked.options,
      signin: async (...args) => (await load()).signin(...args),
      refresh: async (...args) => (await load()).refresh(...args),
      signout: async (...args) => (await load()).signout(...args),
    }
    if (oauth.dpop) {
      const plain = client.fetch
      const { headerName, scheme } = checked.config
      client.copies = true
      client.fetch = async (input, init) => {
        const headers = (input as Partial<Request>).headers
        return headers?.get(headerName)?.startsWith(`${scheme} `) && !headers.has('DPoP')
          ? (await load()).send(plain, input as Request, init)
          : plain(input, init)
      }
    }
    for (const url of [oauth.tokenUrl, oauth.revocationUrl]) if (url) client.spared.add(bare(url))
  }
  return load
}

/**
 * The page's URL where it is the answer of a server, which is gone from the address
 * bar and the history by then: nothing that runs later finds a code there.
 */
export function answerUrl(oauth: CheckedOAuth | undefined): string | undefined {
  const url = globalThis.location?.href
  const target = oauth?.redirectUri
  if (!url || !target || bare(url) !== bare(target)) return undefined
  const answer = new URL(url).searchParams
  if (!answer.has('state') || !(answer.has('code') || answer.has('error'))) return undefined
  history.replaceState(history.state, '', target)
  return url
}
