// Faults between the page and the token endpoint, made by a proxy: nobody is signed
// out by a bad line, and no refresh token comes twice where none was lost.
import type { Fault } from '../../servers/tabs/line.js'
import { expect, fire, refreshes, serve, sessionOf, signedInTabs, test } from '../../servers/tabs/fixtures.js'

const passing: Record<string, Fault[]> = {
  'cut before the server has it': [{ kind: 'lost' }],
  'cut before the server has it, twice': [{ kind: 'lost' }, { kind: 'lost' }],
  'an error of something on the way': [{ kind: 'status', status: 502 }],
  'two errors': [
    { kind: 'status', status: 503 },
    { kind: 'status', status: 500 },
  ],
}

for (const [name, faults] of Object.entries(passing))
  test(`a refresh with ${name} is tried again, once for two tabs`, async ({ server, open, line }) => {
    const pages = await signedInTabs(open, 2)
    line.faults = [...faults]
    server.store.expireAccessTokens('ada')
    expect(await Promise.all(pages.map((page) => fire(page, 5)))).toEqual([[200], [200]])
    expect(refreshes(server).count).toBe(1)
    expect(line.refreshes).toBe(faults.length + 1)
    for (const page of pages) expect(await page.evaluate(() => window.failures)).toEqual([])
  })

test('a 429 is obeyed by every tab', async ({ server, open, line }) => {
  const pages = await signedInTabs(open, 3)
  line.faults = [{ kind: 'status', status: 429, retryAfter: 2 }]
  server.store.expireAccessTokens('ada')
  const began = Date.now()
  expect(await Promise.all(pages.map((page) => fire(page, 5)))).toEqual([[200], [200], [200]])
  expect(Date.now() - began).toBeGreaterThan(1900)
  expect(line.refreshes).toBe(2)
})

test.describe('with a server that forgives a lost answer', () => {
  test.use({ grace: 30 })
  for (const kind of ['unanswered', 'truncated'] as const)
    test(`an answer that comes ${kind} is asked for once more, at once`, async ({ server, open, line }) => {
      const pages = await signedInTabs(open, 2)
      line.faults = [{ kind }]
      server.store.expireAccessTokens('ada')
      expect(await Promise.all(pages.map((page) => fire(page, 5)))).toEqual([[200], [200]])
      expect(line.answered).toBe(2)
      expect(refreshes(server).reused.length, 'tokens that came twice').toBe(1)
      for (const page of pages) expect(await page.evaluate(() => window.failures)).toEqual([])
    })
})

test('a network that is gone signs nobody out, and comes back', async ({ server, open, context }) => {
  const [page] = await signedInTabs(open, 1)
  server.store.expireAccessTokens('ada')
  await context.setOffline(true)
  expect(await fire(page!, 2)).toEqual(['TypeError'])
  expect(await page!.evaluate(() => window.auth.refresh().catch((error) => error.transient))).toBe(true)
  await context.setOffline(false)
  expect(await fire(page!, 2)).toEqual([200])
  expect(await page!.evaluate(() => window.failures)).toEqual([])
})

test('a server that restarts with what it knew goes on as before', async ({ server, open, line }) => {
  const pages = await signedInTabs(open, 2)
  server.store.expireAccessTokens('ada')
  await line.close()
  expect(await Promise.all(pages.map((page) => fire(page, 2)))).toEqual([['TypeError'], ['TypeError']])
  const failed = pages[0]!.evaluate(() =>
    window.auth.refresh().catch((error) => [error.code, error.transient]),
  )
  expect(await failed).toEqual(['refresh_failed', true])
  await line.open()
  // After the pause that the failures have asked for.
  await expect
    .poll(async () => (await Promise.all(pages.map((page) => fire(page, 3)))).flat())
    .toEqual([200, 200])
  expect(refreshes(server).count).toBe(1)
  for (const page of pages) expect(await page.evaluate(() => window.failures)).toEqual([])
})

test('a server that restarts and knows nobody ends the session in every tab, once', async ({
  server,
  open,
  line,
}) => {
  const pages = await signedInTabs(open, 2)
  const other = await serve(line)
  expect(await fire(pages[0]!, 3)).toEqual(['refresh_failed'])
  await expect.poll(() => pages[1]!.evaluate(() => window.events)).toContain('remote signout')
  for (const page of pages) expect(await sessionOf(page)).toBeNull()
  expect(await pages[0]!.evaluate(() => window.failures)).toEqual(['refresh_failed'])
  expect(refreshes(other).count).toBe(1)
  expect(refreshes(server).count).toBe(0)
  await other.close()
})
