// Bodies and answers that are streams. Upload streams need HTTP/2:
// https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch
import type { Page } from '@playwright/test'
import { expect, signedIn, test } from '../../servers/faults/fixtures.js'
import { Gate, type Answer } from '../../servers/faults/server.js'
import { digest } from './side-by-side.js'

/** Starts an upload whose body the test feeds piece by piece, with `feed`. */
async function upload(page: Page, path: string, how: 'init' | 'Request', fetch: 'window' | 'auth' = 'auth') {
  await page.evaluate(
    ([path, how, fetch]) => {
      const abort = new AbortController()
      let cancel: (reason: unknown) => void
      const cancelled = new Promise<unknown>((resolve) => (cancel = resolve))
      const body = new ReadableStream({
        start: (controller) => void (faults.kept.body = controller),
        cancel: (reason) => cancel(reason),
      })
      const init = { method: 'POST', duplex: 'half', body, signal: abort.signal } as RequestInit
      const given: [RequestInfo, RequestInit?] = how === 'Request' ? [new Request(path, init)] : [path, init]
      const send: typeof window.fetch = fetch === 'auth' ? faults.kept.auth.fetch : window.fetch.bind(window)
      const outcome = faults.outcome(() => send(...given))
      Object.assign(faults.kept, { abort, outcome, locked: body.locked, cancelled })
    },
    [path, how, fetch] as const,
  )
}

const feed = (page: Page, text: string) =>
  page.evaluate((text) => faults.kept.body.enqueue(new TextEncoder().encode(text)), text)

const close = (page: Page) => page.evaluate(() => faults.kept.body.close())

const outcome = (page: Page) => page.evaluate(() => faults.kept.outcome)

for (const how of ['init', 'Request'] as const) {
  test(`an upload flows while it is written, and is whole after a 401 (${how})`, async ({ page, secure }) => {
    await signedIn(page, secure)
    secure.revoke()
    await upload(page, '/guarded/up', how)
    await feed(page, 'first ')
    const first = await secure.seen('/guarded/up')
    await first.begun // and the last piece is not written yet
    await feed(page, 'last')
    await close(page)
    expect(await outcome(page)).toMatchObject({ status: 200, body: 'guarded' })
    const sent = secure.asked('/guarded/up')
    expect(await Promise.all(sent.map(async ({ body }) => (await body).toString()))).toEqual([
      'first last',
      'first last',
    ])
    expect(sent.map(({ version, headers }) => [version, headers['content-length']])).toEqual([
      ['2.0', undefined],
      ['2.0', undefined],
    ])
  })

  test(`a large upload is whole after a 401, byte by byte (${how})`, async ({ page, secure }) => {
    await signedIn(page, secure)
    secure.revoke()
    const [status, pieces] = await page.evaluate(async (how) => {
      let pieces = 0
      const body = new ReadableStream({
        pull(controller) {
          controller.enqueue(Uint8Array.from({ length: 50_000 }, (_, i) => (i * 31 + pieces) % 251))
          if (++pieces === 40) controller.close()
        },
      })
      const init = { method: 'PUT', duplex: 'half', body } as RequestInit
      const answer =
        how === 'Request'
          ? faults.kept.auth.fetch(new Request('/guarded/up', init))
          : faults.kept.auth.fetch('/guarded/up', init)
      return [(await answer).status, pieces]
    }, how)
    const wanted = digest(
      Buffer.concat(
        Array.from({ length: 40 }, (_, piece) =>
          Buffer.from(Uint8Array.from({ length: 50_000 }, (_, i) => (i * 31 + piece) % 251)),
        ),
      ),
    )
    expect([status, pieces]).toEqual([200, 40])
    const sent = secure.asked('/guarded/up')
    expect(await Promise.all(sent.map(async ({ body }) => digest(await body)))).toEqual([wanted, wanted])
  })

  test(`an upload is whole after a 401 to a challenge of a bearer server (${how})`, async ({
    page,
    secure,
  }) => {
    await signedIn(page, secure)
    secure.revoke()
    secure.once('/guarded/up', async ({ body, reply }) => {
      await body
      reply(401, '', { 'www-authenticate': 'Bearer realm="api", error="invalid_token"' })
    })
    await upload(page, '/guarded/up', how)
    await feed(page, 'all')
    await close(page)
    expect(await outcome(page)).toMatchObject({ status: 200 })
    expect(secure.asked('/guarded/up')).toHaveLength(2)
  })

  test(`an upload whose 401 the browser keeps to itself is sent once, as with window.fetch (${how})`, async ({
    page,
    secure,
  }) => {
    // Chromium would answer a Basic challenge itself; with a body that is gone it
    // makes a network error, which looks like a broken line. Nothing tells that the
    // upload was refused, so it must not be sent again.
    await signedIn(page, secure)
    secure.route('/guarded/up', async ({ body, reply }) => {
      await body
      reply(401, '', { 'www-authenticate': 'Basic realm="api"' })
    })
    const outcomes = []
    for (const fetch of ['window', 'auth'] as const) {
      await upload(page, '/guarded/up', how, fetch)
      await close(page)
      outcomes.push(await outcome(page))
    }
    expect(outcomes[1]).toEqual(outcomes[0])
    expect(outcomes[1]).toMatchObject({ rejected: { name: 'TypeError', message: 'Failed to fetch' } })
    expect(secure.asked('/guarded/up')).toHaveLength(2)
    expect(secure.asked('/refresh')).toEqual([])
  })

  test(`an upload whose line breaks is sent once, with no refresh (${how})`, async ({ page, secure }) => {
    await signedIn(page, secure)
    secure.route('/guarded/up', async ({ body, cut }) => {
      await body
      cut()
    })
    await upload(page, '/guarded/up', how)
    await close(page)
    expect(await outcome(page)).toMatchObject({ rejected: { name: 'TypeError' } })
    expect(secure.asked('/guarded/up')).toHaveLength(1)
    expect(secure.asked('/refresh')).toEqual([])
  })

  test(`a stream that breaks breaks the upload as with window.fetch (${how})`, async ({ page, secure }) => {
    await signedIn(page, secure)
    const outcomes = []
    for (const fetch of ['window', 'auth'] as const) {
      await upload(page, '/guarded/up', how, fetch)
      await feed(page, 'a piece')
      await page.evaluate(() => faults.kept.body.error(new RangeError('mine')))
      outcomes.push(await outcome(page))
    }
    expect(outcomes[1]).toEqual(outcomes[0])
  })

  test(`an aborted upload cancels its stream with the reason (${how})`, async ({ page, secure }) => {
    await signedIn(page, secure)
    for (const moment of ['on the wire', 'while the module loads'] as const) {
      const fates = []
      for (const fetch of ['window', 'auth'] as const) {
        const early = moment === 'while the module loads' && fetch === 'auth'
        const loaded = early ? secure.hold('/authfetch.wasm') : undefined
        if (early) {
          await page.reload()
          await page.evaluate(() => void (faults.kept.auth = faults.client()))
        }
        const begun = secure.asked('/guarded/up').length
        await upload(page, '/guarded/up', how, fetch)
        if (!early) await secure.seen('/guarded/up', begun + 1)
        fates.push(
          await page.evaluate(async () => {
            const reason = new RangeError('why')
            const { abort, cancelled, locked, outcome } = faults.kept
            abort.abort(reason)
            // A stream that is kept for a second reading tells the reasons of both readers.
            const told = [await cancelled].flat().every((one) => one === reason)
            return [await outcome, locked, told]
          }),
        )
        loaded?.open()
      }
      expect.soft(fates[1], moment).toEqual(fates[0])
    }
  })
}

test('an answer can be read piece by piece while it is written', async ({ page, server }) => {
  for (const options of [{}, { judged: true }]) {
    await page.goto(server.origin)
    await page.evaluate((options) => {
      // A judge that does not read the body must not make it wait.
      const isUnauthorized = (response: Response) => response.status === 401
      faults.kept.auth = faults.client('judged' in options ? { isUnauthorized } : {})
      return faults.kept.auth.signin()
    }, options)
    for (const sending of ['first', 'second']) {
      if (sending === 'second') server.revoke()
      const written = new Gate()
      server.route('/guarded/long', async ({ headers, head, reply, write, end }) => {
        if (headers['authorization'] !== `Bearer ${server.accepted}`) return reply(401)
        head(200)
        write('first piece')
        await written.opened
        write(', last piece')
        end()
      })
      const first = await page.evaluate(async () => {
        faults.kept.reader = (await faults.kept.auth.fetch('/guarded/long')).body.getReader()
        return new TextDecoder().decode((await faults.kept.reader.read()).value)
      })
      expect(first).toBe('first piece')
      written.open()
      const rest = await page.evaluate(async () => {
        const [last, end] = [await faults.kept.reader.read(), await faults.kept.reader.read()]
        return [new TextDecoder().decode(last.value), end.done]
      })
      expect(rest).toEqual([', last piece', true])
    }
  }
})

test('the answer that was refused is let go', async ({ page, server }) => {
  await signedIn(page, server)
  const endless: Answer = ({ head, write }) => {
    head(401)
    void write('an answer that never ends')
  }
  server.once('/guarded/renewed', endless)
  server.revoke()
  expect(await page.evaluate(async () => (await faults.kept.auth.fetch('/guarded/renewed')).status)).toBe(200)
  expect(await (await server.seen('/guarded/renewed')).over, 'after the second sending').toBe(false)

  server.once('/guarded/ended', endless)
  server.route('/refresh', ({ json }) => json({ error: 'invalid_grant' }, 400))
  const failed = await page.evaluate(() => faults.outcome(() => faults.kept.auth.fetch('/guarded/ended')))
  expect(failed).toMatchObject({ rejected: { code: 'refresh_failed' } })
  expect(await (await server.seen('/guarded/ended')).over, 'after a failed refresh').toBe(false)
})

test('large answers that were refused do not keep the refresh from the line', async ({ page, server }) => {
  // HTTP/1.1 has six connections to an origin: as many answers that nobody reads
  // would leave none for the refresh that they wait for.
  await signedIn(page, server)
  server.revoke()
  server.route('/guarded/*', ({ headers, reply }) => {
    const fine = headers['authorization'] === `Bearer ${server.accepted}`
    reply(fine ? 200 : 401, fine ? 'fine' : 'refused '.repeat(500_000))
  })
  const statuses = await page.evaluate(async () => {
    const calls = Array.from({ length: 8 }, (_, i) =>
      faults.outcome(() => faults.kept.auth.fetch(`/guarded/${i}`)),
    )
    return (await Promise.all(calls)).map(({ status }) => status)
  })
  expect(statuses).toEqual(Array.from({ length: 8 }, () => 200))
})
