// Tabs that share a refresh token by its HttpOnly cookie, also where each keeps its
// session in memory: a server that rotates takes the second use for theft all the same.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from '@playwright/test'
import { withoutWebLocks } from '../../servers/tabs/fixtures.js'
import { expect, test } from '../../servers/faults/fixtures.js'
import type { Call, Faults } from '../../servers/faults/server.js'

type Storage = 'local' | 'session' | 'memory'

/** Has the refresh token in a cookie that is another after each use. Answers what was presented. */
function rotate(server: Faults): string[] {
  const presented: string[] = []
  const granted = new Set<string>()
  let current = 0
  const grant = () => {
    const { access_token } = server.grant()
    granted.add(`Bearer ${access_token as string}`)
    const headers = { 'set-cookie': `token=t${++current}; HttpOnly; Path=/refresh` }
    return ({ json }: Call) => json({ access_token }, 200, headers)
  }
  server.route('/signin', (call) => grant()(call))
  server.route('/refresh', async (call) => {
    const token = /token=(\w+)/.exec(call.headers['cookie'] ?? '')?.[1] ?? ''
    presented.push(token)
    const answer = token === `t${current}` ? grant() : undefined
    await sleep(100) // in which another tab may come
    if (answer) answer(call)
    else call.json({ error: 'invalid_grant' }, 400)
  })
  server.route('/expire', ({ reply }) => {
    granted.clear()
    reply(204)
  })
  server.route('/guarded/*', ({ headers, reply }) =>
    reply(granted.has(headers['authorization'] ?? '') ? 200 : 401),
  )
  return presented
}

async function open(page: Page, server: Faults, storage: Storage): Promise<void> {
  await page.goto(server.origin)
  await page.evaluate((storage) => {
    const cookie = true
    faults.kept.auth = faults.createAuth({
      signin: { url: '/signin', cookie },
      refresh: { url: '/refresh', cookie },
      storage,
    })
  }, storage)
}

const fetchAll = (page: Page) =>
  page.evaluate(async () => {
    const statuses = Array.from({ length: 3 }, async (_, i) => {
      const response: Response = await faults.kept.auth.fetch(`/guarded/${i}`)
      return response.status
    })
    return [...new Set(await Promise.all(statuses))]
  })

const ways = [
  ...(['local', 'session', 'memory'] as const).map((storage) => ({ storage, locks: true })),
  { storage: 'memory', locks: false },
] as const

for (const { storage, locks } of ways)
  test(`no cookie is presented twice with storage: '${storage}'${locks ? '' : ', without Web Locks'}`, async ({
    context,
    page,
    server,
  }) => {
    if (!locks) await withoutWebLocks(context)
    const presented = rotate(server)
    await open(page, server, storage)
    await page.evaluate(() => faults.kept.auth.signin())
    const tabs = [page, await context.newPage(), await context.newPage()]
    for (const tab of tabs.slice(1)) await open(tab, server, storage)
    // Each finds out whether there is a session, at once, and then they all meet a 401.
    const tokens = await Promise.all(tabs.map((tab) => tab.evaluate(() => faults.kept.auth.getToken())))
    expect(tokens.every(Boolean)).toBe(true)
    await page.request.post(`${server.origin}/expire`)
    expect(await Promise.all(tabs.map(fetchAll))).toEqual([[200], [200], [200]])
    expect(new Set(presented).size, presented.join()).toBe(presented.length)
    expect(presented, 'tabs that share a storage share the refresh').toHaveLength(storage === 'local' ? 1 : 5)
  })
