// What the module and its requests keep in memory.
const waiting = 10_000

export async function memory({ open, context, sessions, quick }) {
  const count = quick ? 5000 : 100_000
  const result = { count, waiting }

  for (const contestant of ['bare fetch', 'authfetch']) {
    const page = await open('/measure')
    const cdp = await context.newCDPSession(page)
    const read = () => usage(page, cdp)
    const before = await read()
    await page.evaluate(
      (name) => window.bench.enter(name, { session: 'memory', timeout: 300_000 }),
      contestant,
    )
    await page.evaluate(() => window.bench.manyRequests(20, 1))
    const rest = await read()
    await page.evaluate((requests) => window.bench.manyRequests(requests, 50), count)
    const after = await read()

    let held
    if (contestant === 'authfetch') {
      const session = sessions.current.get(await page.evaluate(() => window.bench.session()))
      let answer
      session.lifetime = 1
      session.hold = new Promise((resolve) => (answer = resolve))
      const state = await page.evaluate((requests) => window.bench.hold(requests), waiting)
      if (state !== 'waiting') throw new Error(`a request that should wait was ${state}`)
      held = await read()
      answer()
    } else {
      await page.evaluate((requests) => window.bench.holdBare(requests), waiting)
      held = await read()
    }
    await page.evaluate(() => window.bench.letGo())
    const left = await read()
    result[contestant] = { before, rest, after, held, left }
    await page.close()
  }
  return result
}

/** Bytes in use after a collection: the page's heap, and the memory of the module. */
async function usage(page, cdp) {
  for (let i = 0; i < 3; i++) await cdp.send('HeapProfiler.collectGarbage')
  const {
    usedSize,
    embedderHeapUsedSize = 0,
    backingStorageSize = 0,
  } = await cdp.send('Runtime.getHeapUsage')
  const wasm = await page.evaluate(() => window.bench.wasmMemory())
  return { heap: usedSize, dom: embedderHeapUsedSize, buffers: backingStorageSize, wasm }
}
