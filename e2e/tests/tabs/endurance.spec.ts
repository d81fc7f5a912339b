// A hundred thousand requests leave nothing behind: no memory of the module, no
// reference of Go to JavaScript, no function, listener, timer or controller.
import config from '../../playwright.config.js'
import { compiledBy } from '../../servers/build.js'
import { expect, test } from '../../servers/tabs/fixtures.js'

interface Look {
  memory: number
  references: number
  slots: number
  functions: number
  asks: number
  waiting: number
  timers: number
  listeners: Record<string, number>
  controllers: number
}

interface Endured {
  waited: number
  tally: Record<string, number>
  before: Look
  after: Look
  reopened: Look
  closed: Look
  references: number[]
}

declare global {
  interface Window {
    endure(warmup: number, count: number): Promise<Endured>
    travel(count: number): Promise<{ tally: Record<string, number>; before: Look; after: Look }>
  }
}

test.use({
  launchOptions: {
    ...config.use?.launchOptions,
    args: [...(config.use?.launchOptions?.args ?? []), '--js-flags=--expose-gc'],
  },
  trace: 'off', // which would keep what is to be forgotten
})

/**
 * How many times the memory that the module had. It has enough for a crowd of requests when
 * it is looked at first, and TinyGo's collector, which runs where the module is idle, needs
 * none more from there on. Go's runs beside the work: how much it lets come together depends
 * on the machine, and stays below the double of what lives.
 */
const MEMORY = { tinygo: 1, go: 2 }[compiledBy()]

/** What must be as it was. A few references are garbage that Go has not collected yet. */
function expectNothingLeft(after: Look, before: Look): void {
  const exact = ({ functions, asks, waiting, listeners }: Look) => ({ functions, asks, waiting, listeners })
  expect(exact(after)).toEqual(exact(before))
  expect(after.memory, 'bytes of the module').toBeLessThanOrEqual(before.memory * MEMORY)
  expect(after.controllers, 'AbortControllers').toBeLessThanOrEqual(before.controllers + 5)
  expect(after.timers, 'timers').toBeLessThanOrEqual(before.timers + 5)
}

test('a hundred thousand requests leave nothing behind', async ({ page, line, server: _ }) => {
  test.setTimeout(180_000)
  const count = 100_000
  await page.goto(`${line.origin}/tabs/endurance.html`)
  const { waited, tally, before, after, reopened, closed, references } = await page.evaluate(
    (count) => window.endure(10_000, count),
    count,
  )
  expect(waited).toBe(1000)
  // Of each fifty, one fails, two are aborted, one is none of ours, one gets 418, and all
  // others 200, once they have waited for the refresh that thousands of them need.
  const rare = count * 0.02
  expect(tally).toEqual({ 200: count * 0.9, 401: rare, 418: rare, TypeError: rare, AbortError: 2 * rare })
  expectNothingLeft(after, before)
  expect(after.listeners['signal'], 'listeners of a signal that lasts').toBe(0)
  // They rise and fall with Go's collections: the level does not rise.
  const level = (some: number[]) => Math.max(...some)
  expect(level(references.slice(5))).toBeLessThanOrEqual(level(references.slice(0, 5)) * 1.2 + 100)
  // Clients that were opened and closed leave nothing either.
  expectNothingLeft(reopened, after)
  expect(closed.listeners).toEqual({ window: 0, document: 0, signal: 0 })
})

test('thousands of requests to a real server leave nothing behind', async ({ page, line, server }) => {
  test.setTimeout(120_000)
  const count = 2000
  await page.goto(`${line.origin}/tabs/endurance.html`)
  const { tally, before, after } = await page.evaluate((count) => window.travel(count), count)
  expect(tally).toEqual({ 200: count * 0.8, 404: count * 0.1, AbortError: count * 0.1 })
  expectNothingLeft(after, before)
  expect(server.log.counts().refreshes).toBeGreaterThan(3)
})
