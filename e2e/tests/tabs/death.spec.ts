// The module may die, really: in memory that is overwritten, or that has run out.
import type { Page } from '@playwright/test'
import { expect, fire, gate, refreshes, sessionOf, signIn, test } from '../../servers/tabs/fixtures.js'

/** What ends the module with the next call of it. */
const deaths: Record<string, (page: Page) => Promise<void>> = {
  'memory that is overwritten': (page) =>
    page.evaluate(() => new Uint8Array(window.probe.live.memory!.buffer).fill(0xff) && undefined),
  'memory that has run out': (page) =>
    page.evaluate(() => {
      const { memory } = window.probe.live
      for (let pages = 65_536; pages > 0; pages >>= 1)
        for (;;)
          try {
            memory!.grow(pages)
          } catch {
            break
          }
    }),
}

const starts = (page: Page) => page.evaluate(() => window.probe.live.starts)

/**
 * Kills the module, and calls it in a way that needs memory: of a request with a credential
 * of its own it is always asked.
 */
async function die(page: Page, kill: (page: Page) => Promise<void>): Promise<void> {
  const before = await starts(page)
  await kill(page)
  const outcome = await page.evaluate(() =>
    window.auth.fetch(`/api/me?${'x'.repeat(2_000_000)}`, { headers: { Authorization: 'Basic own' } }).then(
      ({ status }) => status,
      (error) => error.code ?? error.name,
    ),
  )
  // Its own timer may have been quicker: then this call has started the next one.
  if (outcome !== 'wasm_failed') expect(await starts(page), `started again, with ${outcome}`).toBe(before + 1)
}

async function opened(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/tabs/death.html`)
  await page.evaluate(() => window.auth.ready)
}

for (const [how, kill] of Object.entries(deaths))
  test(`a module that dies of ${how} rejects what waits, and comes back with the next call`, async ({
    page,
    line,
    server,
  }) => {
    await opened(page, line.origin)
    await signIn(page)
    const before = await sessionOf(page)
    const { until, open: release } = gate()
    line.faults = [{ kind: 'stuck', until }]
    server.store.expireAccessTokens('ada')
    const waiting = fire(page, 5)
    await expect
      .poll(() => page.evaluate(() => window.traced.filter((step) => step === 'request.wait').length))
      .toBe(5)
    await expect.poll(() => line.refreshes).toBe(1)
    await die(page, kill)
    expect(await waiting).toEqual(['wasm_failed'])
    release()
    expect(await page.evaluate(() => window.failures)).toEqual([])
    // The session was stored, and the module starts again.
    expect(await sessionOf(page)).toEqual(before)
    expect(await fire(page, 5)).toEqual([200])
    expect(refreshes(server).count).toBe(1)
    expect(await starts(page)).toBe(2)
  })

test('a module that dies again and again stays down for a while, and no longer', async ({
  page,
  line,
  server: _,
}) => {
  await opened(page, line.origin)
  await signIn(page)
  for (let death = 0; death < 3; death++) {
    expect(await fire(page, 2), `before death ${death + 1}`).toEqual([200])
    await die(page, deaths['memory that has run out']!)
  }
  const message = await page.evaluate(() =>
    window.auth.getSession().then(
      () => '',
      (error) => error.message as string,
    ),
  )
  expect(message).toContain('it has stopped 3 times within 30 seconds')
  expect(await fire(page, 2)).toEqual(['wasm_failed'])
  // What needs no token needs no module.
  expect(await page.evaluate(async () => (await window.auth.fetch('/api/me', { auth: false })).status)).toBe(
    401,
  )
  await page.evaluate(() => {
    const now = Date.now.bind(Date)
    Date.now = () => now() + 31_000
  })
  expect(await fire(page, 2)).toEqual([200])
})
