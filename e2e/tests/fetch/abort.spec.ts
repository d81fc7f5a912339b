// An abort frees the caller at once, at any moment, with the signal's own reason,
// and nobody else.
import type { Page } from '@playwright/test'
import { expect, signedIn, test } from '../../servers/faults/fixtures.js'
import { Gate } from '../../servers/faults/server.js'

type Way = 'init' | 'Request'

/** Starts a request that `abort` can end, with window.fetch if that is its name; its fate is kept under it. */
async function start(page: Page, name: string, path: string, way: Way = 'init'): Promise<void> {
  await page.evaluate(
    ([name, path, way]) => {
      const fetch: typeof window.fetch =
        name === 'window' ? window.fetch.bind(window) : faults.kept.auth.fetch
      const controller = new AbortController()
      const init = { method: 'POST', body: 'b', signal: controller.signal }
      const answer: Promise<Response> = way === 'Request' ? fetch(new Request(path, init)) : fetch(path, init)
      // A reason that no structured clone could carry: it must be this very object.
      const reason = Object.assign(new Error('enough'), { itself: () => reason })
      faults.kept[name] = { abort: () => controller.abort(reason), answer, reason }
      answer.catch(() => {})
    },
    [name, path, way] as const,
  )
}

/** Aborts a request and tells how it ended; what comes while the server still keeps its answer came at once. */
async function abort(page: Page, name: string) {
  return page.evaluate(async (name) => {
    const { abort, answer, reason } = faults.kept[name]
    abort()
    const late = new Promise((resolve) => setTimeout(resolve, 5000, 'still waiting'))
    return Promise.race([faults.rejectsWith(answer, reason), late])
  }, name)
}

const status = (page: Page, name: string) =>
  page.evaluate(async (name) => (await faults.kept[name].answer).status as number, name)

for (const way of ['init', 'Request'] as const) {
  test(`an abort before the call (signal in ${way})`, async ({ page, server }) => {
    await signedIn(page, server)
    const outcomes = await page.evaluate(async (way) => {
      const reasons = [new Error('mine'), 'a string', null, 0, undefined]
      return Promise.all(
        reasons.map((reason) => {
          const signal = AbortSignal.abort(reason)
          const given: [RequestInfo, RequestInit?] =
            way === 'Request' ? [new Request('/open/x', { signal })] : ['/open/x', { signal }]
          return faults.rejectsWith(faults.kept.auth.fetch(...given), signal.reason)
        }),
      )
    }, way)
    expect(outcomes).toEqual(outcomes.map(() => 'the reason'))
    expect(server.asked('/open/x')).toEqual([])
  })

  test(`an abort while the module loads (signal in ${way})`, async ({ page, server }) => {
    const loaded = server.hold('/authfetch.wasm')
    await page.goto(server.origin)
    await page.evaluate(() => void (faults.kept.auth = faults.client()))
    await start(page, 'mine', '/open/mine', way)
    await start(page, 'theirs', '/open/theirs', way)
    await server.seen('/authfetch.wasm')
    expect(await abort(page, 'mine')).toBe('the reason')
    loaded.open()
    expect(await status(page, 'theirs')).toBe(200)
    expect(server.asked('/open/mine')).toEqual([])
  })

  test(`an abort while the refresh runs (signal in ${way})`, async ({ page, server }) => {
    await signedIn(page, server)
    server.revoke()
    const refreshed = server.hold('/refresh')
    await start(page, 'mine', '/guarded/mine', way)
    await start(page, 'theirs', '/guarded/theirs', way)
    const refresh = await server.seen('/refresh')
    await server.seen('/guarded/mine')
    await server.seen('/guarded/theirs')
    expect(await abort(page, 'mine')).toBe('the reason')
    refreshed.open()
    expect(await status(page, 'theirs')).toBe(200)
    expect(await refresh.over, 'the refresh went on').toBe(true)
    expect(server.asked('/refresh')).toHaveLength(1)
    expect(server.asked('/guarded/mine'), 'sent no second time').toHaveLength(1)
  })

  test(`an abort on the wire, of the first sending and of the second (signal in ${way})`, async ({
    page,
    server,
  }) => {
    await signedIn(page, server)
    const first = server.hold('/guarded/first')
    await start(page, 'first', '/guarded/first', way)
    const request = await server.seen('/guarded/first')
    expect(await abort(page, 'first')).toBe('the reason')
    expect(await request.over, 'the browser has let go').toBe(false)
    first.open()

    server.revoke()
    const answered = new Gate()
    const refreshed = server.hold('/refresh')
    await start(page, 'second', '/guarded/second', way)
    await server.seen('/refresh')
    server.route('/guarded/second', ({ reply }) => answered.opened.then(() => reply(200)))
    refreshed.open()
    const again = await server.seen('/guarded/second', 2)
    expect(await abort(page, 'second')).toBe('the reason')
    expect(await again.over, 'the browser has let go').toBe(false)
    answered.open()
    expect(await page.evaluate(() => faults.kept.auth.getToken())).toBe(server.accepted)
  })

  test(`an abort while the answer streams, of the first sending and of the second (signal in ${way})`, async ({
    page,
    server,
  }) => {
    await signedIn(page, server)
    server.route('/guarded/long', ({ headers, head, reply, write }) => {
      if (headers['authorization'] !== `Bearer ${server.accepted}`) return reply(401)
      head(200)
      write('a piece') // and never another
    })
    server.route('/open/long', ({ head, write }) => {
      head(200)
      write('a piece')
    })
    const ends = []
    for (const sending of ['window', 'first', 'second']) {
      if (sending === 'second') server.revoke()
      await start(page, sending, sending === 'window' ? '/open/long' : '/guarded/long', way)
      const end = await page.evaluate(async (name) => {
        const { abort, answer, reason } = faults.kept[name]
        const reader = (await answer).body.getReader()
        const { value } = await reader.read()
        abort()
        return [new TextDecoder().decode(value), await faults.rejectsWith(reader.read(), reason)]
      }, sending)
      ends.push(end)
    }
    // The reason; in WebKit an error of its own, which is its answer's to give.
    expect(ends.slice(1)).toEqual([ends[0], ends[0]])
    expect(ends[0]).toEqual(['a piece', expect.anything()])
  })
}

test('an abort while isUnauthorized judges', async ({ page, server }) => {
  await page.goto(server.origin)
  await page.evaluate(async () => {
    faults.kept.judging = new Promise((resolve) => {
      faults.kept.auth = faults.client({ isUnauthorized: () => (resolve(true), new Promise(() => {})) })
    })
    await faults.kept.auth.signin()
  })
  await start(page, 'mine', '/open/mine')
  await page.evaluate(() => faults.kept.judging)
  expect(await abort(page, 'mine')).toBe('the reason')
})

test('an abort while a forced refresh runs, before the first sending', async ({ page, server }) => {
  await signedIn(page, server)
  const refreshed = server.hold('/refresh')
  const outcome = page.evaluate(async () => {
    const controller = new AbortController()
    faults.kept.controller = controller
    const answer = faults.kept.auth.fetch('/open/forced', {
      auth: { forceRefresh: true },
      signal: controller.signal,
    })
    return faults.rejectsWith(answer, await new Promise((resolve) => (faults.kept.tell = resolve)))
  })
  await server.seen('/refresh')
  await page.evaluate(() => {
    faults.kept.controller.abort()
    faults.kept.tell(faults.kept.controller.signal.reason)
  })
  expect(await outcome).toBe('the reason')
  expect(server.asked('/open/forced')).toEqual([])
  refreshed.open()
})

test('AbortSignal.timeout ends each wait with its TimeoutError', async ({ page, server }) => {
  await signedIn(page, server)
  server.route('/open/slow', () => {}) // never answers
  server.route('/refresh', () => {})
  const outcomes = await page.evaluate(async () => {
    const timed = async (path: string, init: object) => {
      const signal = AbortSignal.timeout(50)
      const fate = await faults.rejectsWith(
        faults.kept.auth.fetch(path, { ...init, signal }),
        await new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve(signal.reason))
        }),
      )
      return [fate, signal.reason.name]
    }
    return [await timed('/open/slow', {}), await timed('/guarded/x', { auth: { forceRefresh: true } })]
  })
  expect(outcomes).toEqual([
    ['the reason', 'TimeoutError'],
    ['the reason', 'TimeoutError'],
  ])
})

test('a signal of null in init puts the signal of a Request out of force', async ({ page, server }) => {
  await signedIn(page, server)
  const outcome = await page.evaluate(() => {
    const request = new Request('/guarded/x', { signal: AbortSignal.abort() })
    return faults.outcome(() => faults.kept.auth.fetch(request, { signal: null }))
  })
  expect(outcome).toMatchObject({ status: 200, body: 'guarded' })
})

test('a request that has waited leaves no listener on its signal', async ({ page, server }) => {
  await signedIn(page, server)
  server.revoke()
  const refreshed = server.hold('/refresh')
  const listeners = page.evaluate(async () => {
    const controller = new AbortController()
    const { signal } = controller
    let listening = 0
    const [add, remove] = [signal.addEventListener, signal.removeEventListener]
    signal.addEventListener = (...args: Parameters<typeof add>) => (listening++, add.apply(signal, args))
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (
      listening--,
      remove.apply(signal, args)
    )
    const answers = Array.from({ length: 20 }, (_, i) => faults.kept.auth.fetch(`/guarded/${i}`, { signal }))
    await Promise.all(answers)
    return listening
  })
  await server.seen('/refresh')
  refreshed.open()
  expect(await listeners).toBe(0)
})
