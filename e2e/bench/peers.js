// What an application would use instead, each as its documentation has it imported.
import { readFileSync } from 'node:fs'

export const peers = [
  [
    'axios + axios-auth-refresh',
    `export { default as axios } from 'axios'; export { createAuthRefresh } from 'axios-auth-refresh'`,
  ],
  ['axios', `export { default } from 'axios'`],
  ['ky', `export { default } from 'ky'`],
  ['oidc-client-ts', `export { UserManager, WebStorageStateStore } from 'oidc-client-ts'`],
  ['@auth0/auth0-spa-js', `export { createAuth0Client } from '@auth0/auth0-spa-js'`],
  ['@supabase/auth-js', `export { AuthClient } from '@supabase/auth-js'`],
  ['@azure/msal-browser', `export { PublicClientApplication } from '@azure/msal-browser'`],
  ['keycloak-js', `export { default } from 'keycloak-js'`],
  ['@okta/okta-auth-js', `export { OktaAuth } from '@okta/okta-auth-js'`],
  ['@axa-fr/oidc-client', `export { OidcClient } from '@axa-fr/oidc-client'`],
]

/** `name version` of each package that an entry names. */
export function versioned(name) {
  return name
    .split(' + ')
    .map((one) => `${one} ${versionOf(one)}`)
    .join(' + ')
}

export function versionOf(name) {
  const text = readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), 'utf8')
  return JSON.parse(text).version
}
