import { expect } from '@playwright/test'
import { start } from '../../servers/flows/admin-template.js'
import { flowTest, moduleOf } from './shared.js'
type Http = typeof import('../../pages/flows/admin-template/http.js')
const test = flowTest(start)
for (let n = 0; n < 80; n++)
test('stress ' + n, async ({ page: old, context, server }) => {
  await old.goto(`${server.page}/old`)
  await old.getByLabel('User name').fill('ada')
  await old.getByLabel('Password').fill('lovelace')
  await old.getByRole('button', { name: 'Sign in' }).click()
  await expect(old.locator('output')).toHaveText('Hello ada')
  const fresh = await context.newPage()
  await fresh.addInitScript(() => {
    const w = window as any
    w.trail = []
    addEventListener('storage', (e) => w.trail.push(['storage', Math.round(performance.now()), e.key, e.newValue?.slice(0, 60), Object.keys(localStorage).join()]))
    for (const f of ['setItem', 'removeItem'] as const) {
      const original = Storage.prototype[f] as any
      Storage.prototype[f] = function (this: Storage, ...args: any[]) { w.trail.push([f, Math.round(performance.now()), ...args.map((a) => String(a).slice(0, 70))]); return original.apply(this, args) }
    }
  })
  await fresh.goto(server.page)
  await expect(fresh.locator('output')).toHaveText('Hello ada')
  const m = await moduleOf<Http>(fresh, 'http')
  await m.evaluate(({ auth }) => {
    const w = window as any
    for (const t of ['signin', 'refresh', 'signout'] as const) auth.on(t, (e) => w.trail.push([t, Math.round(performance.now()), e.remote, e.session?.accessToken.length ?? null, Object.keys(localStorage).join()]))
  })
  server.tokens.expire()
  const seen = () => server.calls('/me').filter((e) => e.status === 200).length
  const before = seen()
  await fresh.getByRole('button', { name: 'Who am I?' }).click()
  await server.until(() => seen() > before)
  await old.getByRole('button', { name: 'Sign out' }).click()
  let s: any, t0 = Date.now()
  do s = await m.evaluate(({ auth }) => auth.getSession()); while (s && Date.now() - t0 < 2000)
  if (s) {
    console.log(JSON.stringify(s), JSON.stringify(await fresh.evaluate(() => ({ ...localStorage }))), JSON.stringify(await old.evaluate(() => ({ ...localStorage }))))
    console.log((await fresh.evaluate(() => (window as any).trail)).map((x: any) => JSON.stringify(x)).join('\n'))
    throw new Error('stuck')
  }
})
