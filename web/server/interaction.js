import { authenticate } from './accounts.js'
import { readBody } from './http.js'

const PATH = /^\/interaction\/[\w-]+$/

/** Where the provider sends a browser that nobody has signed in on yet. */
export function interactionUrl(ctx, interaction) {
  return `${new URL(ctx.oidc.provider.issuer).pathname}/interaction/${interaction.uid}`
}

/**
 * The sign-in page of the authorization code flow: the server's own, since in
 * that flow an application never sees the password. Consent is taken as given,
 * because the one client belongs to the server.
 */
export async function handleInteraction(provider, path, req, res) {
  if (!PATH.test(path)) return false
  if (req.method === 'POST') await submit(provider, req, res)
  else sendPage(res, 200)
  return true
}

async function submit(provider, req, res) {
  const form = new URLSearchParams((await readBody(req)).toString())
  const profile = authenticate(form.get('username'), form.get('password'))
  if (!profile) return sendPage(res, 400, 'The name or the password is wrong.')

  const { params } = await provider.interactionDetails(req, res)
  const grant = new provider.Grant({ accountId: profile.sub, clientId: params.client_id })
  grant.addOIDCScope(params.scope)
  const grantId = await grant.save()
  const result = { login: { accountId: profile.sub }, consent: { grantId } }
  return provider.interactionFinished(req, res, result)
}

function sendPage(res, status, problem = '') {
  res.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
  })
  res.end(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sign in</title>
<main>
<h1>Sign in</h1>
<p role="alert">${problem}</p>
<form method="post">
<p><label>Name <input name="username" autocomplete="username" required></label></p>
<p><label>Password <input name="password" type="password" autocomplete="current-password" required></label></p>
<button>Sign in</button>
</form>
</main>
`)
}
