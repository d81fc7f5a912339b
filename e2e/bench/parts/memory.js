// What the module and its requests keep in memory.
export async function memory({ openQuiet, origin, sessions, quick }) {
  const sent = quick ? [500, 5000] : [10_000, 100_000]
  const waiting = quick ? [100, 1000] : [1000, 10_000]
  const result = { sent, waiting }

  const browser = await openQuiet()
  try {
    for (const contestant of ['bare fetch', 'authfetch']) {
      const page = await browser.open(`${origin}/measure`)
      const looks = { before: await usage(page) }
      await page.evaluate(
        (name) => window.bench.enter(name, { session: 'memory', timeout: 300_000 }),
        contestant,
      )
      await page.evaluate(() => window.bench.manyRequests(20, 1))
      looks.rest = await usage(page)
      looks.after = []
      let soFar = 0
      for (const count of sent) {
        await page.evaluate((requests) => window.bench.manyRequests(requests, 50), count - soFar)
        soFar = count
        looks.after.push(await usage(page))
      }
      looks.held = []
      looks.answered = []
      for (const count of waiting) {
        const letGo = await hold(page, sessions, contestant, count)
        looks.held.push(await usage(page))
        await letGo()
        looks.answered.push(await usage(page))
      }
      result[contestant] = looks
      await page.close()
    }
  } finally {
    await browser.close()
  }
  return result
}

/** Has requests wait, for a refresh that is answered when what this resolves to is called. */
async function hold(page, sessions, contestant, count) {
  let answer = () => {}
  if (contestant === 'authfetch') {
    const session = sessions.current.get(await page.evaluate(() => window.bench.session()))
    session.lifetime = 1
    session.hold = new Promise((resolve) => (answer = resolve))
    const state = await page.evaluate((requests) => window.bench.hold(requests), count)
    if (state !== 'waiting') throw new Error(`a request that should wait was ${state}`)
    session.lifetime = 3600 // of the token that the refresh gets
  } else await page.evaluate((requests) => window.bench.holdBare(requests), count)
  return async () => {
    answer()
    await page.evaluate(() => window.bench.letGo())
  }
}

/** Bytes in use after a collection: the page's heap, and the memory of the module. */
async function usage(page) {
  for (let i = 0; i < 3; i++) await page.send('HeapProfiler.collectGarbage')
  const {
    usedSize,
    embedderHeapUsedSize = 0,
    backingStorageSize = 0,
  } = await page.send('Runtime.getHeapUsage')
  const wasm = await page.evaluate(() => window.bench.wasmMemory())
  return { heap: usedSize, dom: embedderHeapUsedSize, buffers: backingStorageSize, wasm }
}
