// What an application would use instead, each as its documentation has it imported.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotli } from '../../js/budget.js'
import { bundle } from './bundle.js'

export const peers = [
  {
    name: 'axios + axios-auth-refresh',
    source: `export { default as axios } from 'axios'; export { createAuthRefresh } from 'axios-auth-refresh'`,
  },
  { name: 'axios', source: `export { default } from 'axios'` },
  { name: 'ky', source: `export { default } from 'ky'` },
  { name: 'oidc-client-ts', source: `export { UserManager, WebStorageStateStore } from 'oidc-client-ts'` },
  { name: '@auth0/auth0-spa-js', source: `export { createAuth0Client } from '@auth0/auth0-spa-js'` },
  { name: '@supabase/auth-js', source: `export { AuthClient } from '@supabase/auth-js'` },
  { name: '@azure/msal-browser', source: `export { PublicClientApplication } from '@azure/msal-browser'` },
  { name: 'keycloak-js', source: `export { default } from 'keycloak-js'` },
  { name: '@okta/okta-auth-js', source: `export { OktaAuth } from '@okta/okta-auth-js'` },
  { name: '@axa-fr/oidc-client', source: `export { OidcClient } from '@axa-fr/oidc-client'` },
]

/** What each weighs, and what this package does, lightest first: rows { name, of, raw, brotli }, `of` being the name without versions. */
export async function weights() {
  const rows = await Promise.all(
    peers.map(async ({ name, source }) => {
      const bytes = await bundle(source)
      return { name: versioned(name), of: name, raw: bytes.length, brotli: brotli(bytes) }
    }),
  )
  const dist = fileURLToPath(new URL('../../js/dist/', import.meta.url))
  const own = ['authfetch.wasm', 'authfetch.js'].map((file) => readFileSync(dist + file))
  rows.push({
    name: 'authfetch: module and script',
    of: 'authfetch',
    raw: own.reduce((sum, bytes) => sum + bytes.length, 0),
    brotli: own.reduce((sum, bytes) => sum + brotli(bytes), 0),
  })
  return rows.sort((a, b) => a.brotli - b.brotli)
}

/** `name version` of each package that an entry names. */
function versioned(name) {
  return name
    .split(' + ')
    .map((one) => `${one} ${versionOf(one)}`)
    .join(' + ')
}

export function versionOf(name) {
  const text = readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), 'utf8')
  return JSON.parse(text).version
}
