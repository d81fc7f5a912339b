// A storage that holds something else, or fails: what can be read of it is not
// touched, and the session lives on in memory.
import type { Frame, Page } from '@playwright/test'
import type { AuthOptions } from 'authfetch'
import { expect, test } from '../../servers/faults/fixtures.js'
import type { Faults } from '../../servers/faults/server.js'

const record = (more: object) => JSON.stringify({ v: 1, generation: 3, ...more })

/** What may lie under the storage key, and what the error says of it; false where it is as good as nothing. */
const records: Record<string, [text: (secret: string) => string, says: RegExp | false]> = {
  nothing: [() => '', false],
  'some other text': [(secret) => secret, /expected a JSON object/],
  'half of a record': [(secret) => record({ accessToken: secret }).slice(0, -20), /expected a JSON object/],
  'a bare JSON text': [(secret) => JSON.stringify(secret), /it is not a JSON object/],
  'JSON null': [() => 'null', /it is not a JSON object/],
  'a list': [(secret) => JSON.stringify([secret]), /it is not a JSON object/],
  'an empty object': [() => '{}', /v is not/],
  'a record of a later version': [
    (secret) => JSON.stringify({ v: 2, generation: 3, accessToken: secret, more: {} }),
    /v is not 1, the only version that is known/,
  ],
  'a version in words': [(secret) => record({ v: '1', accessToken: secret }), /v is not a whole number/],
  'no generation': [
    (secret) => JSON.stringify({ v: 1, accessToken: secret }),
    /generation is not a whole number/,
  ],
  'a generation below zero': [
    (secret) => record({ generation: -1, accessToken: secret }),
    /generation is not a whole number/,
  ],
  'a generation with a fraction': [
    (secret) => record({ generation: 1.5, accessToken: secret }),
    /generation is not a whole number/,
  ],
  'a generation beyond exactness': [
    (secret) => record({ generation: 2 ** 53, accessToken: secret }),
    /generation is not a whole number/,
  ],
  'a token that is a number': [() => record({ accessToken: 7 }), /accessToken is not a string/],
  'a refresh token that is an object': [
    (secret) => record({ accessToken: secret, refreshToken: { secret } }),
    /refreshToken is not a string/,
  ],
  'a token with a line break': [
    (secret) => record({ accessToken: `${secret}\nX-Evil: 1` }),
    /accessToken contains a (space|control character)/,
  ],
  'an expiry in words': [
    (secret) => record({ accessToken: secret, expiresAt: 'soon' }),
    /expiresAt is not a whole number/,
  ],
}

test('a stored record that is none is left as it is until the next sign-in, and named', async ({
  page,
  server,
}) => {
  await page.goto(server.origin)
  const given = Object.entries(records).map(([name, [text]]) => [name, text(server.secret())] as const)
  const got = await page.evaluate(async (given) => {
    const result = async (name: string, text: string) => {
      localStorage.setItem(name, text)
      const failures: Error[] = []
      const events: unknown[] = []
      const auth = faults.client({
        name,
        onFailedRefresh: (error: Error) => void failures.push(error),
        debug: (event) => events.push(event),
      })
      await auth.ready
      const session = await auth.getSession()
      const { status } = await auth.fetch(`/guarded/${encodeURIComponent(name)}`)
      const untouched = localStorage.getItem(name) === text
      const [failure, ...more] = failures
      const told = [faults.told(failure), faults.told(failure?.cause), more.length]
      await auth.signin()
      const after = await auth.fetch(`/guarded/${encodeURIComponent(name)}`, { auth: { refresh: false } })
      // A page that opens now finds the session.
      const stored = JSON.parse(localStorage.getItem(name) ?? '').v as number
      return {
        session,
        status,
        untouched,
        told,
        after: after.status,
        stored,
        text: faults.everything([failures, events]),
      }
    }
    const results: Record<string, Awaited<ReturnType<typeof result>>> = {}
    // One after another: the server knows one session at a time.
    for (const [name, text] of given) results[name] = await result(name, text)
    return results
  }, given)
  for (const [name, [, says]] of Object.entries(records)) {
    const { text, told, ...rest } = got[name]!
    expect.soft(rest, name).toEqual({ session: null, status: 401, untouched: true, after: 200, stored: 1 })
    const [failure, cause, more] = told as [{ code: string }, { code?: string; message?: string }, number]
    expect.soft([failure.code, more], name).toEqual(['not_signed_in', 0])
    if (says) {
      expect.soft(cause.code, name).toBe('storage_failed')
      expect.soft(cause.message, name).toContain(`"${name}"`)
      expect.soft(cause.message, name).toMatch(says)
    } else expect.soft(cause, name).toEqual({ value: 'undefined' })
    for (const secret of server.secrets)
      expect.soft(text.includes(secret), `${name}: a token is told`).toBe(false)
    // Nothing of a broken record is ever sent.
    for (const { headers } of server.asked(`/guarded/${encodeURIComponent(name)}`).slice(0, 1))
      expect.soft(headers['authorization'], name).toBeUndefined()
  }
})

test('what lies under an application’s own keys is read with care', async ({ page, server }) => {
  await page.goto(server.origin)
  /** What lies under the keys of the access and the refresh token, and the token that is found. */
  const rows: Record<string, [access: string, refresh: string | null, found: string | null]> = {
    'a bare token': ['tok', null, 'tok'],
    'a token in JSON': ['"tok"', '"ref"', 'tok'],
    'the word null': ['null', 'null', null],
    'the word undefined': ['undefined', 'undefined', null],
    nothing: ['', '', null],
    'a token with its scheme': ['Bearer tok', null, null],
    'a token with a line break': ['tok\n', null, null],
    'half of a JSON text': ['"tok', null, '"tok'],
  }
  const got = await page.evaluate(async (rows) => {
    const result = async ([name, [access, refresh]]: (typeof rows)[number]) => {
      localStorage.setItem(`${name} access`, access)
      if (refresh !== null) localStorage.setItem(`${name} refresh`, refresh)
      const keys = { accessToken: `${name} access`, refreshToken: `${name} refresh` }
      const auth = faults.client({ name, storage: { keys } })
      const session = await auth.getSession()
      const { status } = await auth.fetch('/open/x')
      return [name, [session?.accessToken ?? null, status, localStorage.getItem(`${name} access`)]] as const
    }
    return Object.fromEntries(await Promise.all(rows.map(result)))
  }, Object.entries(rows))
  for (const [name, [access, , found]] of Object.entries(rows))
    expect.soft(got[name], name).toEqual([found, 200, access])
})

/** What the page does to its storage before the package is loaded. */
const broken: Record<string, [how: () => void, says: RegExp]> = {
  'the storage may not be looked at, as where cookies are blocked': [
    () => {
      const denied = () => {
        throw new DOMException('Access is denied for this document.', 'SecurityError')
      }
      for (const name of ['localStorage', 'sessionStorage', 'indexedDB'])
        Object.defineProperty(window, name, { get: denied })
      navigator.locks.request = () => Promise.reject(new DOMException('Not here.', 'SecurityError'))
    },
    /Access is denied for this document/,
  ],
  'the storage may not be used': [
    () => {
      for (const method of ['getItem', 'setItem', 'removeItem'] as const)
        Storage.prototype[method] = () => {
          throw new DOMException('The operation is insecure.', 'SecurityError')
        }
    },
    /The operation is insecure/,
  ],
  'the storage may be read alone': [
    () => {
      Storage.prototype.setItem = Storage.prototype.removeItem = () => {
        throw new DOMException('read only', 'NoModificationAllowedError')
      }
    },
    /read only/,
  ],
  'the storage is missing': [
    () => {
      for (const name of ['localStorage', 'sessionStorage', 'indexedDB'])
        Object.defineProperty(window, name, { value: undefined })
    },
    /There is no localStorage here/,
  ],
}

/** Signs in, works, renews and signs out, and tells of every failure on the way. */
async function life(page: Page | Frame, options: AuthOptions = {}) {
  return page.evaluate(async (options) => {
    const began = performance.now()
    const events: unknown[] = []
    const auth = faults.client({ ...options, debug: (event) => events.push(event) })
    for (const type of ['signin', 'refresh', 'refresherror', 'signout'] as const)
      auth.on(type, (event) => events.push(event.error ?? type))
    const errors: unknown[] = []
    const noted = (call: Promise<unknown>) => call.catch((error: unknown) => errors.push(error))
    await auth.ready
    const before = await auth.getSession()
    await noted(auth.signin())
    const status = async () => (await auth.fetch(new URL('/guarded/x', document.baseURI))).status
    const signedIn = await status()
    await noted(auth.fetch('/guarded/x', { auth: { forceRefresh: true } }))
    const renewed = await status()
    await noted(auth.signout())
    const after = [await auth.getSession(), await status()]
    return {
      states: [before, signedIn, renewed, ...after],
      errors: errors.map(faults.told),
      told: events.filter((event) => event instanceof Error).map(faults.told),
      took: performance.now() - began,
      text: faults.everything([errors, events]),
    }
  }, options)
}

function expectLife({ states, text, took }: Awaited<ReturnType<typeof life>>, server: Faults): void {
  expect(states).toEqual([null, 200, 200, null, 401])
  expect(took).toBeLessThan(10_000)
  const { secrets } = server
  // What listeners get holds the access token; errors and traces do not.
  for (const secret of secrets) expect(text.includes(secret)).toBe(false)
}

for (const [title, [how, says]] of Object.entries(broken))
  test(`${title}: the session lives in memory, and the failure is told`, async ({ page, server }) => {
    await page.addInitScript(how)
    await page.goto(server.origin)
    const result = await life(page)
    expectLife(result, server)
    const failure = { name: 'AuthError', code: 'storage_failed', message: expect.stringMatching(says) }
    // Once for the sign-in, which is to be told, and once for the sign-out, which was to be kept.
    expect(result.errors).toMatchObject([failure, failure])
    expect(result.errors[0]?.message).toMatch(
      /could not be written: .*the session lasts until this page is closed/,
    )
    expect(result.told.length).toBeGreaterThan(0)
    for (const told of result.told) expect(told).toMatchObject(failure)
  })

test('a frame without an origin of its own works in memory', async ({ page, server }) => {
  // Its storages, its locks and its database all refuse, each in its own way.
  server.route('/frame', ({ reply }) =>
    reply(200, '<iframe sandbox="allow-scripts" src="/"></iframe>', { 'content-type': 'text/html' }),
  )
  await page.goto(`${server.origin}/frame`)
  const frame = page.frames()[1]!
  const kept = await life(frame)
  expectLife(kept, server)
  expect(kept.errors).toMatchObject([{ code: 'storage_failed' }, { code: 'storage_failed' }])
  const memory = await life(frame, { storage: 'memory', name: 'memory' })
  expectLife(memory, server)
  expect(memory.errors).toEqual([])
})

/** Fills the storage to the last character. */
const fill = (page: Page) =>
  page.evaluate(() => {
    let filled = 0
    for (let size = 1 << 22; size >= 1; size >>= 1)
      for (;;)
        try {
          localStorage.setItem(`filler ${filled}`, 'x'.repeat(size))
          filled++
        } catch {
          break
        }
    return filled
  })

test('a storage that is full keeps nobody from signing in', async ({ page, server }) => {
  await page.goto(server.origin)
  expect(await fill(page)).toBeGreaterThan(0)
  const result = await life(page)
  expectLife(result, server)
  expect(result.errors[0]).toMatchObject({
    code: 'storage_failed',
    message: expect.stringContaining('quota'),
  })
})

test('a session that grows too large for a full storage is this page’s alone, and its predecessor is gone', async ({
  page,
  server,
}) => {
  await page.goto(server.origin)
  await page.evaluate(async () => {
    faults.kept.auth = faults.client()
    faults.kept.errors = []
    faults.kept.auth.on('refresherror', ({ error }: { error: Error }) =>
      faults.kept.errors.push(faults.told(error)),
    )
    await faults.kept.auth.signin()
  })
  const used = server.refreshable
  await fill(page)
  server.route('/refresh', ({ json }) => json(server.grant({ id_token: server.secret('x'.repeat(9000)) })))
  server.revoke()
  const [status, stored, errors] = await page.evaluate(async () => {
    const { status } = await faults.kept.auth.fetch('/guarded/x')
    return [status, localStorage.getItem('authfetch'), faults.kept.errors]
  })
  expect(status).toBe(200)
  expect(errors).toMatchObject([{ code: 'storage_failed', message: expect.stringContaining('quota') }])
  // The next page must not present a refresh token that is used up.
  expect(stored ?? '').not.toContain(used)
  expect(await page.evaluate(async () => (await faults.kept.auth.fetch('/guarded/x')).status)).toBe(200)
})

test('a full storage has room for the session that replaces another', async ({ page, server }) => {
  await page.goto(server.origin)
  await page.evaluate(async () => {
    faults.kept.auth = faults.client()
    await faults.kept.auth.signin()
  })
  await fill(page)
  server.revoke()
  expect(await page.evaluate(async () => (await faults.kept.auth.fetch('/guarded/x')).status)).toBe(200)
  await page.reload()
  expect(await page.evaluate(async () => (await faults.client().fetch('/guarded/x')).status)).toBe(200)
})

for (const [title, how] of Object.entries({
  throws: 'throw',
  rejects: 'reject',
}))
  test(`an adapter that ${title} is a storage that fails`, async ({ page, server }) => {
    await page.goto(server.origin)
    const result = await page.evaluate(async (how) => {
      const fail = () => {
        const error = new RangeError('the adapter is out of order')
        if (how === 'throw') throw error
        return Promise.reject(error)
      }
      const auth = faults.client({ storage: { get: fail, set: fail, remove: fail } })
      const error = await auth.signin().catch((error: unknown) => error as Error)
      const { status } = await auth.fetch('/guarded/x')
      return { error: faults.told(error), cause: faults.told((error as Error).cause), status }
    }, how)
    expect(result).toMatchObject({
      error: { code: 'storage_failed', message: expect.stringContaining('the adapter is out of order') },
      cause: { name: 'RangeError' },
      status: 200,
    })
  })

test('an adapter that never answers keeps nobody waiting for ever', async ({ page, server }) => {
  await page.clock.install()
  await page.goto(server.origin)
  await page.evaluate(() => {
    const never = () => new Promise<never>(() => {})
    const auth = faults.client({ storage: { get: never, set: never, remove: never } })
    const life = async () => {
      await auth.ready
      const before = (await auth.fetch('/guarded/x')).status
      const error = await auth.signin().then(() => undefined, faults.told)
      return { before, error, after: (await auth.fetch('/guarded/x')).status }
    }
    faults.kept.life = life().finally(() => (faults.kept.over = true))
  })
  // The clock is the test’s: two minutes of it pass while answers come in.
  for (let second = 0; second < 120 && !(await page.evaluate(() => faults.kept.over)); second++)
    await page.clock.runFor(1000)
  expect(await page.evaluate(() => faults.kept.life)).toMatchObject({
    before: 401,
    error: { code: 'storage_failed', message: expect.stringContaining('storage') },
    after: 200,
  })
})
