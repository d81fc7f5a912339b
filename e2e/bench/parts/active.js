// An active page over several lifetimes of its token: who waits for a refresh?
import { quantile } from '../stats.js'

const names = ['authfetch', 'axios-auth-refresh', 'axios, own queue']
const lifetime = 4 // seconds
const refreshTakes = 300 // milliseconds
const every = 50 // milliseconds

export async function active({ open, sessions, quick }) {
  const length = (quick ? 2.5 : 4.5) * lifetime * 1000
  const clients = []
  for (const name of names) {
    const page = await open('/measure')
    const session = await page.evaluate(
      ([one, options]) => window.bench.beforeActive(one, options),
      [name, { refreshBefore: lifetime / 2 }],
    )
    // From here on tokens live for a short time, and the client has to ask for its first of them.
    const state = Object.assign(sessions.expire(session), { lifetime, delay: refreshTakes })
    await page.evaluate((options) => window.bench.keepActive(options), { every, length: 1000 })
    state.refreshes = 0
    const { points, waits } = await page.evaluate((options) => window.bench.keepActive(options), {
      every,
      length,
    })
    await page.close()
    const times = points.map(([, ms]) => ms).filter((ms) => ms !== null)
    clients.push({
      name,
      requests: points.length,
      failed: points.length - times.length,
      p50: quantile(times, 0.5),
      longest: Math.max(...times),
      long: times.filter((ms) => ms >= refreshTakes).length,
      refreshes: state.refreshes,
      waits,
      points,
    })
  }
  return { lifetime, refreshTakes, every, seconds: length / 1000, clients }
}
