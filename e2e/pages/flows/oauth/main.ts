// An application that signs in by the authorization code grant with PKCE, RFC 7636.
import { createOAuth } from './oauth.js'

const { server, clientId, body } = document.body.dataset as {
  server: string
  clientId: string
  body: 'form' | 'json'
}
const auth = createOAuth({ server, clientId, body })
const output = document.querySelector('output')!
const redirect_uri = `${location.origin}/`

const base64url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes)).replace(/[+/=]/g, (c) => ({ '+': '-', '/': '_' })[c] ?? '')

async function leaveForSignin(): Promise<void> {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)))
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
  sessionStorage.setItem('verifier', verifier)
  const code_challenge = base64url(new Uint8Array(hash))
  const query = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri,
    code_challenge,
    code_challenge_method: 'S256',
  }
  location.assign(`${server}/authorize?${new URLSearchParams(query)}`)
}

async function show(): Promise<void> {
  try {
    const response = await auth.fetch('/me')
    output.value = response.ok
      ? `Hello ${(await response.json()).user}`
      : `Not signed in (${response.status})`
  } catch (error) {
    output.value = (error as Error).message
  }
}

document.querySelector('#signin')!.addEventListener('click', leaveForSignin)
document.querySelector('#show')!.addEventListener('click', show)

const code = new URLSearchParams(location.search).get('code')
if (code) {
  history.replaceState(null, '', '/')
  await auth.signin({ code, code_verifier: sessionStorage.getItem('verifier'), redirect_uri })
}
await show()
