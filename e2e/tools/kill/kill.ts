// How many sessions are lost when tabs are killed at random moments of a refresh:
// `npm run kill`, with KILLS=n for n of them each (default 100) and SEED=n for other
// moments. It measures, and judges only what is promised.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from '@playwright/test'
import {
  expect,
  fire,
  refreshes,
  sessionOf,
  signIn,
  test as base,
  type Server,
} from '../../servers/tabs/fixtures.js'

const kills = Number(process.env.KILLS ?? 100)

/** Numbers from 0 to 1 that are the same each time, and for each setup (mulberry32). */
const seed = Number(process.env.SEED ?? 1)
let state = seed
function random(): number {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}

interface Setup {
  query: string
  grace: number
  worker: boolean
}

const setups: Record<string, Setup> = {
  'no second try': { query: '?attempts=1', grace: 0, worker: false },
  'as it is': { query: '', grace: 0, worker: false },
  'with keepalive': { query: '?keepalive', grace: 0, worker: false },
  'a server that forgives for 10 s': { query: '', grace: 10, worker: false },
  'with keepalive, and a server that forgives for 10 s': { query: '?keepalive', grace: 10, worker: false },
  'the service worker': { query: '', grace: 0, worker: true },
}

const ways: Record<string, (page: Page) => Promise<unknown>> = {
  closed: (page) => page.close(),
  crashed: async (page) => {
    const crashed = page.waitForEvent('crash')
    const session = await page.context().newCDPSession(page)
    session.send('Page.crash').catch(() => {})
    await crashed
  },
}

/** How long a request takes that needs a refresh, from its start. */
async function refreshTime(page: Page, server: Server): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < 3; i++) {
    server.store.expireAccessTokens('ada')
    const began = Date.now()
    await fire(page, 1)
    times.push(Date.now() - began)
  }
  return Math.max(...times)
}

const rows: object[] = []

for (const [name, { query, grace, worker }] of Object.entries(setups))
  base.describe(name, () => {
    const test = base
    test.use({ grace })
    for (const [how, kill] of Object.entries(ways))
      test(how, async ({ server, line, open }) => {
        state = seed
        // What a line takes, each way.
        line.latency = 20
        server.settings.refreshDelay = 20
        let survivor = await open(query)
        if (worker) await survivor.evaluate(() => window.employ('worker.js'))
        await signIn(survivor)
        const whole = await refreshTime(survivor, server)
        let hit = 0
        let lost = 0
        for (let i = 0; i < kills; i++) {
          const victim = await open(query)
          const before = await sessionOf(survivor)
          server.store.expireAccessTokens('ada')
          const refreshed = refreshes(server).count
          void fire(victim, 1).catch(() => {})
          await sleep(random() * whole)
          await kill(victim)
          if (how === 'crashed') await victim.close()
          if (refreshes(server).count > refreshed && (await stored(survivor)) === before?.accessToken) hit++
          if (survivor.isClosed() || !(await alive(survivor))) survivor = await open(query)
          const [outcome] = await fire(survivor, 1)
          if (outcome === 200) continue
          lost++
          await survivor.close()
          survivor = await open(query)
          await signIn(survivor)
        }
        rows.push({
          setup: name,
          tab: how,
          kills,
          'after the rotation, before the answer was stored': hit,
          lost,
        })
        server.log.clear() // the figures are what counts here
        if (worker && how === 'closed') expect(lost).toBe(0)
      })
  })

/** The access token that is stored, whatever the page has seen of it. */
const stored = (page: Page) =>
  page
    .evaluate(
      () => (JSON.parse(localStorage.getItem('tabs') ?? '{}') as { accessToken?: string }).accessToken,
    )
    .catch(() => undefined)

/** Whether a page has not died together with another one of its process. */
const alive = (page: Page) =>
  Promise.race([page.evaluate(() => true).catch(() => false), sleep(3000).then(() => false)])

base.afterAll(() => console.table(rows))
