import { createHash } from 'node:crypto'
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

/** The demo's colours, turned round: it is another place, of the same house. */
const STYLE = `
:root { color-scheme: light dark; --paper: light-dark(#ece7f4, #15101f); --card: light-dark(#fffdf8, #1d1729);
  --ink: light-dark(#1c2433, #e9e6dd); --muted: light-dark(#596174, #a49db8); --edge: light-dark(#8d8775, #6d6284);
  --accent: light-dark(#6a3ea6, #b391f0); --on-accent: light-dark(#fff, #150f22); --danger: light-dark(#b03a23, #ef7a5f) }
* { box-sizing: border-box; margin: 0 }
body { display: grid; place-items: center; min-height: 100vh; padding: 16px; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 'Inter', 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif }
main { width: min(100%, 380px); padding: 28px; border: 1px solid color-mix(in oklab, var(--edge) 40%, transparent);
  border-radius: 14px; background: var(--card) }
h1 { margin-block: 4px 8px; font: 600 1.75rem/1.2 'Iowan Old Style', 'Palatino Linotype', Palatino, Georgia, 'Liberation Serif', serif }
.where { color: var(--accent); font-size: 0.875rem }
.hint { margin-block-start: 18px; color: var(--muted); font: 0.8125rem/1.2 ui-monospace, Menlo, Consolas, 'Liberation Mono', monospace }
[role=alert] { min-height: 1.5em; color: var(--danger) }
label { display: block; margin-block-end: 12px; color: var(--muted); font-size: 0.875rem }
input { display: block; width: 100%; min-height: 42px; margin-block-start: 4px; padding: 6px 12px; border: 1px solid var(--edge);
  border-radius: 9px; background: transparent; color: var(--ink); font: inherit; font-size: 1rem }
button { width: 100%; min-height: 40px; margin-block-start: 6px; border: 0; border-radius: 9px; background: var(--accent);
  color: var(--on-accent); font: inherit; cursor: pointer }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
`
const STYLE_HASH = `sha256-${createHash('sha256').update(STYLE).digest('base64')}`

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
    'Content-Security-Policy': `default-src 'none'; style-src '${STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'`,
  })
  res.end(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Sign in · the server</title>
<style>${STYLE}</style>
<main>
<p class="where">The server’s own page</p>
<h1>Sign in</h1>
<p>authfetch’s demo never sees what you type here.</p>
<p role="alert">${problem}</p>
<form method="post">
<p><label>Name <input name="username" autocomplete="username" autocapitalize="none" required autofocus></label></p>
<p><label>Password <input name="password" type="password" autocomplete="current-password" required></label></p>
<button>Sign in</button>
</form>
<p class="hint"><b>ada</b> lovelace, or <b>grace</b> hopper</p>
</main>
`)
}
