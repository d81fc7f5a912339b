// The server's own pages: a user gives a name, then allows or denies.

/** Answers what belongs to these pages, and false for anything else. */
export async function handleInteraction(provider, req, res) {
  if (!/^\/interaction\/[\w-]+$/.test(req.url)) return false
  const { prompt, params, grantId } = await provider.interactionDetails(req, res)
  if (req.method === 'GET') {
    send(res, prompt.name === 'login' ? LOGIN : CONSENT)
    return true
  }
  const form = new URLSearchParams(await textOf(req))
  await provider.interactionFinished(
    req,
    res,
    await resultOf(provider, form, { params, grantId, req, res }),
    {
      mergeWithLastSubmission: form.get('do') !== 'deny',
    },
  )
  return true
}

async function resultOf(provider, form, { params, req, res }) {
  switch (form.get('do')) {
    case 'login':
      return { login: { accountId: form.get('name') } }
    case 'allow': {
      const { session } = await provider.interactionDetails(req, res)
      const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id })
      grant.addOIDCScope(params.scope)
      return { consent: { grantId: await grant.save() } }
    }
    default:
      return { error: 'access_denied', error_description: 'The user said no' }
  }
}

const page = (body) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Server</title>
<form method="post">${body}</form>`
const LOGIN = page(
  '<label>Name <input name="name" required></label> <button name="do" value="login">Sign in</button> <button name="do" value="deny" formnovalidate>Cancel</button>',
)
const CONSENT = page(
  '<p>May the application?</p> <button name="do" value="allow">Allow</button> <button name="do" value="deny">Deny</button>',
)

function send(res, html) {
  res.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' })
  res.end(html)
}

async function textOf(req) {
  const chunks = []
  for await (const chunk of req) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
