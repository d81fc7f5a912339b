// What the measuring page does. The driver calls window.bench, and does the sums.
import * as authfetch from '../contestants/authfetch.js'
import * as authRefresh from '../contestants/axios-auth-refresh.js'
import * as sharedPromise from '../contestants/axios-auth-refresh-shared.js'
import * as queue from '../contestants/axios-queue.js'
import * as bare from '../contestants/bare.js'
import * as kyHooks from '../contestants/ky-hooks.js'
import * as oidc from '../contestants/oidc-client-ts.js'

const contestants = {
  'bare fetch': bare,
  authfetch,
  'axios-auth-refresh': authRefresh,
  'axios-auth-refresh, one shared promise': sharedPromise,
  'axios, own queue': queue,
  'ky, own hooks': kyHooks,
  'oidc-client-ts, fetch': oidc,
}

/** Each request asks for something else: the browser's cache lets those for one URL wait for each other. */
let asked = 0
const data = () => `/api/data?${asked++}`
const post = async (path, fields) => {
  const headers = { 'Content-Type': 'application/json' }
  return (await fetch(path, { method: 'POST', headers, body: JSON.stringify(fields) })).json()
}

/** A contestant that is signed in. Each has a session of its own at the server. */
async function enter(contestant, { session = 'page', ...options } = {}) {
  const name = `${session}/${contestant}`
  const tokens = await post('/api/signin', { username: name })
  return { name, tokens, ...(await contestants[contestant].open({ name, tokens, ...options })) }
}

function shuffled(list) {
  const all = [...list]
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    ;[all[i], all[j]] = [all[j], all[i]]
  }
  return all
}

async function timed(work) {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/**
 * Times single requests: `parallel` of one contestant at a time, then of the next,
 * in an order that is drawn anew each round. Answers the milliseconds of each.
 */
async function each(names, { rounds, warmup, parallel }) {
  const entered = new Map()
  for (const name of names) entered.set(name, await enter(name))
  const times = Object.fromEntries(names.map((name) => [name, []]))
  const batches = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = -warmup; round < rounds; round++)
    for (const name of shuffled(names)) {
      const { get } = entered.get(name)
      const took = []
      const batch = await timed(() =>
        Promise.all(Array.from({ length: parallel }, async () => took.push(await timed(() => get(data()))))),
      )
      if (round < 0) continue
      times[name].push(...took)
      batches[name].push(batch)
    }
  return { times, batches }
}

let ready

/** First half of a storm: signs in. The driver then has the server forget the token. */
async function beforeStorm(name, count) {
  ready = await enter(name, { session: 'storm' })
  await Promise.all(Array.from({ length: 20 }, () => ready.get(data())))
  return { session: ready.name, count }
}

/** The storm: `count` requests that are all refused, until a refresh. */
async function storm(count, patience) {
  let failed = 0
  let settled = 0
  const start = performance.now()
  const all = Array.from({ length: count }, () =>
    ready
      .get(data())
      .then(
        (data) => data.items.length > 0 || failed++,
        () => failed++,
      )
      .finally(() => settled++),
  )
  const gaveUp = new Promise((resolve) => setTimeout(resolve, patience))
  await Promise.race([Promise.all(all), gaveUp])
  return { ms: performance.now() - start, failed, hung: count - settled }
}

/** What a storm takes at least: as many requests as are refused, one refresh, as many that are not. */
async function idealStorm(count) {
  const headers = ({ access_token }) => ({ Authorization: `Bearer ${access_token}` })
  const start = performance.now()
  const send = (tokens) => Array.from({ length: count }, () => fetch(data(), { headers: headers(tokens) }))
  await Promise.all(send(ready.tokens).map(async (response) => (await response).text()))
  const tokens = await post('/api/refresh', { refresh_token: ready.tokens.refresh_token })
  await Promise.all(send(tokens).map(async (response) => (await response).json()))
  return { ms: performance.now() - start, failed: 0, hung: 0 }
}

const waits = []
const entered = new Map()

/** Signs all in for an active page. The driver has set how long tokens live and refreshes take. */
async function beforeActive(names, options) {
  // authfetch tells by itself when a request waits; of the others it shows in their times.
  const debug = (event) => event.type === 'request.wait' && waits.push(event)
  for (const name of names) {
    const more = name === 'authfetch' ? { debug } : {}
    entered.set(name, await enter(name, { session: 'active', ...options, ...more }))
  }
}

/**
 * Sends a request of each every `every` ms for `length` ms, in an order that is drawn anew
 * each time. Answers when each was sent and how long it took, null for one that failed, by
 * name; and how many of authfetch's waited.
 */
async function keepActive({ every, length }) {
  waits.length = 0
  const begin = performance.now()
  const points = Object.fromEntries([...entered].map(([name]) => [name, []]))
  const pending = []
  for (let sent = 0; sent < length; sent = performance.now() - begin) {
    const at = sent
    for (const [name, { get }] of shuffled(entered))
      pending.push(
        timed(() => get(data())).then(
          (ms) => points[name].push([at, ms]),
          () => points[name].push([at, null]),
        ),
      )
    await new Promise((resolve) => setTimeout(resolve, every))
  }
  await Promise.all(pending)
  return { points, waits: waits.length }
}

// Only these need the memory of the module, which nobody hands out.
const memories = []
const { instantiate } = WebAssembly
WebAssembly.instantiate = async (...args) => {
  const made = await instantiate(...args)
  const { exports } = made.instance ?? made
  for (const value of Object.values(exports)) if (value instanceof WebAssembly.Memory) memories.push(value)
  return made
}
const wasmMemory = () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0)

async function manyRequests(count, parallel) {
  let left = count
  const work = async () => {
    while (left-- > 0) await ready.get(data())
  }
  await Promise.all(Array.from({ length: parallel }, work))
}

let held
/** Has `count` requests wait for a refresh that the server does not answer. Tokens live a second by now. */
async function hold(count) {
  await ready.auth.signin({ username: ready.name })
  await new Promise((resolve) => setTimeout(resolve, 1500))
  held = Array.from({ length: count }, () =>
    ready.get(data()).then(
      () => 'answered',
      () => 'rejected',
    ),
  )
  const first = await Promise.race([
    ...held.slice(0, 1),
    new Promise((resolve) => setTimeout(resolve, 1000, 'waiting')),
  ])
  return first
}
/** What as many requests take that nobody looks after: a Request and a promise of each. */
function holdBare(count) {
  held = Array.from({ length: count }, () => ({ request: new Request(data()), ...Promise.withResolvers() }))
}
/** Resolves when all that waited have their answers, and forgets them. */
async function letGo() {
  if (ready.auth) await Promise.all(held)
  held = undefined
}

window.bench = {
  each,
  beforeStorm,
  storm,
  idealStorm,
  beforeActive,
  keepActive,
  enter: async (name, options) => void (ready = await enter(name, options)),
  session: () => ready.name,
  manyRequests,
  hold,
  holdBare,
  letGo,
  wasmMemory,
}
