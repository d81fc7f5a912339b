// A client that sends a hundred thousand requests, most of them to a server that is a
// function, so that it is the client which is busy.
import { createAuth } from '/package/authfetch.js'

let serial = 0
let accepted = ''
const grant = () => {
  accepted = `access-${++serial}`
  return Response.json({ access_token: accepted, refresh_token: `refresh-${serial}`, expires_in: 3600 })
}

/** How a request fares is in its URL, the rest in its token. */
async function answer(request) {
  const { pathname } = new URL(request.url)
  if (pathname === '/signin' || pathname === '/refresh') return grant()
  await undefined
  request.signal.throwIfAborted()
  if (pathname.startsWith('/fails')) throw new TypeError('Failed to fetch')
  if (pathname.startsWith('/hangs'))
    return new Promise((_, reject) =>
      request.signal.addEventListener('abort', () => reject(request.signal.reason), { once: true }),
    )
  if (request.headers.get('authorization') !== `Bearer ${accepted}`)
    return new Response('no', { status: 401 })
  return new Response(request.body && (await request.text()), {
    status: pathname.startsWith('/teapot') ? 418 : 200,
  })
}

const open = () =>
  createAuth({
    name: 'endurance',
    signin: '/signin',
    refresh: '/refresh',
    fetch: (input, init) => answer(new Request(input, init)),
  })

/** One request; n says which kind. Answers what came of it. */
async function one(auth, n, signal) {
  const say = (response) => response.status
  const fail = (error) => (error.name === 'AuthError' ? error.code : error.name)
  switch (n % 50) {
    case 1:
      return auth.fetch(`/fails/${n}`).then(say, fail)
    case 2: {
      const control = new AbortController()
      const outcome = auth.fetch(`/hangs/${n}`, { signal: control.signal }).then(say, fail)
      setTimeout(() => control.abort())
      return outcome
    }
    case 3: {
      // Aborted whatever it is at: on the wire, or waiting for the module or a refresh.
      const control = new AbortController()
      const outcome = auth.fetch(`/ok/${n}`, { signal: control.signal }).then(say, fail)
      control.abort()
      return outcome
    }
    case 4:
      return auth.fetch(`/teapot/${n}`, { method: 'POST', body: 'tea' }).then(say, fail)
    case 5:
      return auth.fetch(`/ok/${n}`, { signal }).then(say, fail)
    case 6:
      return auth.fetch(`/ok/${n}`, { auth: false }).then(say, fail)
    default:
      return auth.fetch(`/ok/${n}`).then(say, fail)
  }
}

const lasting = new AbortController()
window.probe.watch(lasting.signal, 'signal')

/** Sends so many, some hundreds at a time, with a new token every now and then. */
async function batch(auth, count, tally) {
  const size = 500
  for (let n = 0; n < count; n += size) {
    if (n % (size * 20) === size * 10) accepted = '(revoked)'
    const outcomes = await Promise.all(
      Array.from({ length: Math.min(size, count - n) }, (_, i) => one(auth, n + i, lasting.signal)),
    )
    for (const outcome of outcomes) tally[outcome] = (tally[outcome] ?? 0) + 1
    await new Promise((resolve) => setTimeout(resolve))
  }
}

window.endure = async (warmup, count) => {
  // Before the module is there, everything waits for it.
  const tally = {}
  const auth = open()
  const early = Promise.all(Array.from({ length: 1000 }, (_, n) => one(auth, n, lasting.signal)))
  await auth.signin({})
  const waited = await early
  await batch(auth, warmup, {})
  const before = await window.probe.look()
  const references = []
  for (let part = 0; part < 10; part++) {
    await batch(auth, count / 10, tally)
    references.push(window.probe.references())
  }
  const after = await window.probe.look()
  // And clients come and go.
  for (let n = 0; n < 200; n++) {
    const brief = open()
    await brief.fetch('/ok/brief')
    brief.close()
  }
  const reopened = await window.probe.look()
  auth.close()
  return {
    waited: waited.length,
    tally,
    before,
    after,
    reopened,
    closed: await window.probe.look(),
    references,
  }
}

/** Thousands of requests that a real server answers. */
window.travel = async (count) => {
  const fields = { client_id: 'demo' }
  const auth = createAuth({
    name: 'travel',
    signin: {
      url: '/oauth/token',
      body: 'form',
      fields: { ...fields, grant_type: 'password', scope: 'openid offline_access' },
    },
    refresh: { url: '/oauth/token', body: 'form', fields: { ...fields, grant_type: 'refresh_token' } },
  })
  await auth.signin({ username: 'ada', password: 'lovelace' })
  const send = async (count) => {
    const tally = {}
    for (let n = 0; n < count; n += 50) {
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, async (_, i) => {
          const control = new AbortController()
          const outcome = auth
            .fetch(i % 10 === 1 ? '/api/nothing' : '/api/me', { signal: control.signal })
            .then(async (response) => (await response.arrayBuffer(), response.status))
            .catch((error) => error.name)
          if (i % 10 === 2) control.abort()
          return outcome
        }),
      )
      for (const outcome of outcomes) tally[outcome] = (tally[outcome] ?? 0) + 1
      if (n % 500 === 0)
        await fetch('/control/expire-access-tokens', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: '{}',
        })
    }
    return tally
  }
  await send(500)
  const before = await window.probe.look()
  const tally = await send(count)
  const after = await window.probe.look()
  auth.close()
  return { tally, before, after }
}
