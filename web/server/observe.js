import { peekForm, sleep } from './http.js'
import { tokenId } from './log.js'

/**
 * Middleware around the provider: writes token and revocation calls to the log,
 * and lets faults happen at the token endpoint. Everything else passes through.
 */
export function observe({ log, faults, settings }) {
  return async function observed(ctx, next) {
    if (ctx.method !== 'POST') return next()
    if (ctx.path === '/token') return tokenCall(ctx, next)
    if (ctx.path === '/revoke') return revocationCall(ctx, next)
    return next()
  }

  async function tokenCall(ctx, next) {
    const began = performance.now()
    const form = await peekForm(ctx.req)
    const grant = form.get('grant_type') ?? ''
    const fault = faults.take(grant) ?? {}

    await sleep((fault.delay ?? 0) + (grant === 'refresh_token' ? settings.refreshDelay : 0))
    if (fault.status) refuse(ctx, fault)
    else await next()

    log.add({
      kind: 'token',
      grant,
      status: ctx.status,
      outcome: outcomeOf(ctx),
      presented: idOrNull(form.get('refresh_token')),
      issued: idOrNull(ctx.body?.refresh_token),
      ms: Math.round(performance.now() - began),
      ...(fault.status && { fault: fault.status }),
      ...(fault.drop && { dropped: fault.drop }),
    })
    if (fault.drop) lose(ctx, fault.drop)
  }

  async function revocationCall(ctx, next) {
    const form = await peekForm(ctx.req)
    await next()
    log.add({ kind: 'revocation', status: ctx.status, presented: idOrNull(form.get('token')) })
  }
}

function idOrNull(token) {
  return token ? tokenId(token) : null
}

/** The provider keeps the exact reason of a refusal to itself; a log may know it. */
function outcomeOf(ctx) {
  if (ctx.status === 200) return 'ok'
  return [ctx.body?.error, ctx.state.refusal ?? ctx.body?.error_description].filter(Boolean).join(': ')
}

function refuse(ctx, { status, retryAfter }) {
  ctx.status = status
  if (retryAfter !== undefined) ctx.set('Retry-After', String(retryAfter))
  ctx.body = {
    error: status === 429 ? 'slow_down' : 'temporarily_unavailable',
    error_description: 'this server was asked to fail',
  }
}

/** The provider has done its work, but the client never learns of it. */
function lose(ctx, what) {
  const { res } = ctx
  ctx.respond = false
  if (what === 'answer') {
    res.socket.destroy()
    return
  }
  res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' })
  res.write('{', () => res.socket.destroy())
}
