// A thousand requests that meet an expired token.
import { ratio, spread } from '../stats.js'

const count = 1000
const names = [
  'ideal',
  'authfetch',
  'axios-auth-refresh',
  'axios-auth-refresh, one shared promise',
  'axios, own queue',
  'ky, own hooks',
]

export async function storm({ open, sessions, quick }) {
  const repeat = quick ? 2 : 5
  const runs = Object.fromEntries(names.map((name) => [name, []]))
  for (let i = 0; i < repeat; i++)
    for (const name of i % 2 ? [...names].reverse() : names) {
      const page = await open('/measure')
      const contestant = name === 'ideal' ? 'bare fetch' : name
      const { session } = await page.evaluate((one) => window.bench.beforeStorm(one), contestant)
      const state = sessions.expire(session)
      state.refreshes = 0
      const outcome = await page.evaluate(
        ([one, requests]) => window.bench[one === 'ideal' ? 'idealStorm' : 'storm'](requests, 60_000),
        [name, count],
      )
      runs[name].push({ ...outcome, refreshes: state.refreshes })
      await page.close()
    }
  const times = (name) => runs[name].map(({ ms }) => ms)
  const worst = (name, key) => Math.max(...runs[name].map((run) => run[key]))
  return names.map((name) => ({
    name,
    ms: spread(times(name)),
    overIdeal: ratio(times(name), times('ideal')),
    refreshes: worst(name, 'refreshes'),
    failed: worst(name, 'failed') + worst(name, 'hung'),
  }))
}
