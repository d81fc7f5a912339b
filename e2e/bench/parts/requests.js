// What each request costs: signed in, no refresh, one and fifty at a time.
import { median, quantile, ratio, spread } from '../stats.js'

const names = [
  'bare fetch',
  'authfetch',
  'axios-auth-refresh',
  'axios, own queue',
  'ky, own hooks',
  'oidc-client-ts, fetch',
]

export async function requests({ open, quick }) {
  const repeat = quick ? 2 : 5
  const one = []
  const fifty = []
  for (let i = 0; i < repeat; i++) {
    const page = await open('/measure')
    const run = (how) => page.evaluate(([all, options]) => window.bench.each(all, options), [names, how])
    one.push(await run({ rounds: quick ? 100 : 400, warmup: 60, parallel: 1 }))
    fifty.push(await run({ rounds: quick ? 10 : 30, warmup: 3, parallel: 50 }))
    await page.close()
  }
  return { 'one at a time': summary(one), 'fifty at a time': summary(fifty), batches: batches(fifty) }
}

/** Each repetition has its own median; the spread is that of the medians. */
function summary(runs) {
  const of = (name, q) => runs.map(({ times }) => quantile(times[name], q))
  return names.map((name) => ({
    name,
    p50: spread(of(name, 0.5)),
    p99: spread(of(name, 0.99)),
    overBare: ratio(of(name, 0.5), of('bare fetch', 0.5)),
    p99OverBare: ratio(of(name, 0.99), of('bare fetch', 0.99)),
  }))
}

function batches(runs) {
  const of = (name) => runs.map((run) => median(run.batches[name]))
  return names.map((name) => ({ name, ms: spread(of(name)), overBare: ratio(of(name), of('bare fetch')) }))
}
