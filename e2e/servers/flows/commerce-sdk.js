// A shop's API, which keeps the refresh token in an HttpOnly cookie, and the
// storefront in front of it, whose server renders the pages with the same SDK.
import { rmSync } from 'node:fs'
import { copyFile, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { dist } from '../build.js'
import { bundling, folderOf, pagesOf, serve } from './kit.js'
import { TokenBook, api, credential } from './tokens.js'

/**
 * @param {{ refusal?: 'code' | '401', autoRefresh?: boolean }} [options] how the API
 *   refuses an expired token, and whether the storefront's server refreshes it
 */
export async function start({ refusal = 'code', autoRefresh } = {}) {
  const tokens = new TokenBook()
  const granted = (/** @type {ReturnType<TokenBook['renew']>} */ grant) =>
    grant
      ? {
          headers: { 'Set-Cookie': `shop_refresh=${grant.refresh}; Path=/; HttpOnly; SameSite=Lax` },
          body: { token: grant.access, expires_in: grant.expiresIn },
        }
      : { status: 401, body: { code: 'session_expired' } }
  const backend = await serve(
    (request) => {
      const { path, body, headers } = request
      if (path === '/login') return granted(tokens.signin(body.email, body.password))
      if (path === '/token/refresh') return granted(tokens.renew(refreshCookie(headers.cookie)))
      if (path === '/logout') {
        tokens.revoke(refreshCookie(headers.cookie))
        return { headers: { 'Set-Cookie': 'shop_refresh=; Path=/; Max-Age=0' } }
      }
      if (path === '/admin') return { status: 403, body: { code: 'forbidden' } }
      const user = tokens.userOf(credential(headers.authorization))
      if (user) return path === '/cart' ? { body: { user } } : api(request, user)
      return refusal === 'code' ? { status: 403, body: { code: 'token_expired' } } : { status: 401 }
    },
    { cors: true },
  )
  const { folder, render } = await (deployed ??= deploy())
  const site = await serve(
    async ({ headers }) => {
      const { html, setCookies } = await render(headers.cookie ?? '', backend.url, autoRefresh)
      return { body: html, headers: { 'Set-Cookie': setCookies } }
    },
    { pages: await pagesOf('commerce-sdk') },
  )
  return {
    ...backend,
    tokens,
    page: site.url,
    render,
    folder,
    close: () => Promise.all([site.close(), backend.close()]),
  }
}

export const refreshCookie = (cookies = '') => /(?:^|; )shop_refresh=([^;]+)/.exec(cookies)?.[1] ?? ''

/** @type {ReturnType<typeof deploy> | undefined} */
let deployed

/** The storefront's server side, bundled for Node with the wasm module beside it, and running until the end. */
async function deploy() {
  const folder = await mkdtemp(join(tmpdir(), 'storefront-'))
  process.once('exit', () => rmSync(folder, { recursive: true }))
  await build({
    ...bundling,
    platform: 'node',
    entryPoints: [
      join(folderOf('commerce-sdk'), 'render.server.ts'),
      join(folderOf('commerce-sdk'), 'shop.ts'),
    ],
    splitting: true,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
  })
  await copyFile(join(dist, 'authfetch.wasm'), join(folder, 'authfetch.wasm'))
  /** @type {typeof import('../../pages/flows/commerce-sdk/render.server.ts')} */
  const { render } = await import(pathToFileURL(join(folder, 'render.server.mjs')).href)
  return { folder, render }
}
