import { expect } from '@playwright/test'
import { start } from '../../servers/flows/admin-template.js'
import { flowTest, moduleOf } from './shared.js'
type Http = typeof import('../../pages/flows/admin-template/http.js')
const test = flowTest(start)
for (let n = 0; n < 2; n++)
test('stress ' + n, async ({ page: old, context, server }) => {
  test.setTimeout(280_000)
  await old.goto(`${server.page}/old`)
  const fresh = await context.newPage()
  await fresh.route('**/sign-in', (route) => route.fulfill({ status: 204 }))
  await fresh.goto(server.page)
  const m = await moduleOf<Http>(fresh, 'http')
  await m.evaluate(({ auth }) => {
    const w = window as any
    w.trail = []
    addEventListener('storage', (e) => w.trail.push(['storage', Math.round(performance.now()), e.key, e.newValue?.slice(0, 60), JSON.stringify(localStorage).length, Object.keys(localStorage).join()]))
    for (const t of ['signin', 'refresh', 'signout'] as const) auth.on(t, (e) => w.trail.push([t, Math.round(performance.now()), e.remote, e.session?.accessToken.length ?? null, Object.keys(localStorage).join()]))
  })
  for (let i = 0; i < 60; i++) {
    const g = server.tokens.grant('ada')
    await old.evaluate(({ access, refresh }) => { localStorage.setItem('accessToken', access); localStorage.setItem('refreshToken', refresh!) }, g)
    await expect.poll(() => m.evaluate(({ auth }) => auth.getSession().then((s) => s?.accessToken))).toBe(g.access)
    await m.evaluate(() => { (window as any).trail.length = 0 })
    server.tokens.expire()
    const status = await m.evaluate(async ({ http }) => (await http.get('/items/1')).status)
    expect(status).toBe(200)
    await old.evaluate(() => localStorage.clear())
    let s: any, t0 = Date.now()
    do s = await m.evaluate(({ auth }) => auth.getSession()); while (s && Date.now() - t0 < 1500)
    if (s) {
      console.log(i, JSON.stringify(s), JSON.stringify(await fresh.evaluate(() => ({ ...localStorage }))), JSON.stringify(await old.evaluate(() => ({ ...localStorage }))))
      console.log((await fresh.evaluate(() => (window as any).trail)).map((x: any) => JSON.stringify(x)).join('\n'))
      throw new Error('stuck')
    }
  }
})
