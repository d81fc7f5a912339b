// An active page over several lifetimes of its token: who waits for a refresh?
import { quantile } from '../stats.js'

const names = ['authfetch', 'axios-auth-refresh', 'axios, own queue', 'oidc-client-ts, fetch']
const lifetime = 6 // seconds
const refreshTakes = 300 // milliseconds
const every = 50 // milliseconds

export async function active({ open, sessions, quick }) {
  const states = Object.fromEntries(
    names.map((name) => [
      name,
      Object.assign(sessions.session(`active/${name}`), { lifetime, delay: refreshTakes }),
    ]),
  )
  const page = await open('/measure')
  await page.evaluate(
    ([all, options]) => window.bench.beforeActive(all, options),
    [names, { refreshBefore: lifetime / 2 }],
  )
  await page.evaluate((options) => window.bench.keepActive(options), { every, length: 1000 })
  for (const name of names) Object.assign(states[name], { refreshes: 0, refused: 0 })
  const length = (quick ? 2.5 : 4.5) * lifetime * 1000
  const { points, waits } = await page.evaluate((options) => window.bench.keepActive(options), {
    every,
    length,
  })
  await page.close()
  const clients = names.map((name) => {
    const times = points[name].map(([, ms]) => ms).filter((ms) => ms !== null)
    return {
      name,
      requests: points[name].length,
      failed: points[name].length - times.length,
      p50: quantile(times, 0.5),
      longest: Math.max(...times),
      long: times.filter((ms) => ms >= refreshTakes).length,
      refreshes: states[name].refreshes,
      refused: states[name].refused,
      points: points[name],
    }
  })
  return { lifetime, refreshTakes, every, seconds: length / 1000, clients, waits }
}
