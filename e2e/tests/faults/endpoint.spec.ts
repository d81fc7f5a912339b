// A token endpoint that answers badly: a clear error, the session kept unless the
// server refused it, and nothing that hangs.
import type { Page } from '@playwright/test'
import { expect, test } from '../../servers/faults/fixtures.js'
import type { Answer, Faults } from '../../servers/faults/server.js'

interface Fault {
  answer: Answer
  /** What the error must say. */
  says: RegExp
  /** Whether the server has refused for good. */
  final?: boolean
  /** Milliseconds that the client waits; no others run into it. */
  timeout?: number
}

const html = '<!doctype html><title>Sign in</title><p>please</p>'
const send =
  (status: number, body: string, type = 'application/json'): Answer =>
  ({ reply }) =>
    reply(status, body, { 'content-type': type })

const broken: Answer = async ({ body, cut }) => {
  await body
  cut()
}

/** By what is wrong with them. */
const groups: Record<string, Record<string, Fault>> = {
  'no JSON': {
    HTML: { answer: send(200, html, 'text/html'), says: /the answer is HTML, not JSON/ },
    'HTML that claims to be JSON': { answer: send(200, html), says: /not JSON|malformed/ },
    'a redirect to a page': {
      answer: ({ reply }) => reply(303, '', { location: '/page' }),
      says: /the answer is HTML, not JSON/,
    },
    'plain text': { answer: send(200, 'OK', 'text/plain'), says: /the answer is text, not JSON/ },
    nothing: { answer: send(200, ''), says: /the answer is empty/ },
    blanks: { answer: send(200, ' \r\n'), says: /the answer is empty/ },
    '204': { answer: ({ reply }) => reply(204), says: /the answer is empty \(status 204\)/ },
    'JSON that stops': {
      answer: send(200, '{"access_token":"tok'),
      says: /the JSON is truncated or malformed/,
    },
    'JSON null': { answer: send(200, 'null'), says: /no access token/ },
    'a JSON array': { answer: send(200, '[{"access_token":"x"}]'), says: /expected a JSON object/ },
    'a JSON string': { answer: send(200, '"token"'), says: /expected a JSON object/ },
    'five megabytes of text': {
      answer: send(200, 'x'.repeat(5 << 20), 'text/plain'),
      says: /the answer is text, not JSON/,
    },
    'five megabytes of JSON': {
      answer: ({ json }) => json({ message: 'y '.repeat(5 << 19) }),
      says: /no access token/,
    },
  },
  'no answer': {
    'a line that breaks before the answer': {
      answer: broken,
      says: /no answer: .*(Failed to fetch|NetworkError|Load failed|connection)/,
    },
    'a line that breaks in the middle': {
      answer: async ({ body, cut, head, write }) => {
        await body
        head(200, { 'content-type': 'application/json', 'content-length': '4000' })
        await write('{"access_token":"tok')
        cut()
      },
      says: /no answer: /,
    },
    'no answer at all': { answer: () => {}, says: /no answer within 700ms/, timeout: 700 },
    'an answer that stalls': {
      answer: ({ head, write }) => {
        head(200, { 'content-type': 'application/json' })
        write('{"access_token":')
      },
      says: /no answer within 700ms/,
      timeout: 700,
    },
  },
  'no fit token': {
    'no access token': {
      answer: ({ json }) => json({ refresh_token: 'tok_unused', expires_in: 60 }),
      says: /no access token: looked for access_token, accessToken, data\.access_token, data\.accessToken/,
    },
    'an access token null': { answer: ({ json }) => json({ access_token: null }), says: /no access token/ },
    'an access token that is a number': {
      answer: ({ json }) => json({ access_token: 7 }),
      says: /access_token is of type number/,
    },
    'an access token with a line break': {
      answer: ({ json }) => json({ access_token: 'tok\r\nX-Evil: 1' }),
      says: /the access token contains a (space|control character)/,
    },
    'an access token with a blank': {
      answer: ({ json }) => json({ access_token: 'Bearer tok' }),
      says: /the access token contains a space/,
    },
    'an access token beyond Latin-1': {
      answer: ({ json }) => json({ access_token: 'tok→' }),
      says: /the access token contains a character that no header can carry/,
    },
    'a refresh token that is an object': {
      answer: ({ json }) => json({ access_token: 'tok', refresh_token: {} }),
      says: /refresh_token is of type object/,
    },
    'an error with status 200': {
      answer: ({ json }) => json({ error: 'temporarily_unavailable', error_description: 'later' }),
      says: /temporarily_unavailable \(later\)/,
    },
  },
  'an error': {
    '500 with HTML': { answer: send(500, html, 'text/html'), says: /the server answered 500/ },
    '502 with nothing': { answer: send(502, ''), says: /the server answered 502/ },
    '503 with text': {
      answer: send(503, 'down for maintenance', 'text/plain'),
      says: /the server answered 503/,
    },
    '429 with JSON that stops': { answer: send(429, '{"error":'), says: /the server answered 429/ },
    '404': { answer: send(404, html, 'text/html'), says: /the server answered 404/ },
    '400 with HTML': { answer: send(400, html, 'text/html'), says: /the server answered 400/, final: true },
    '401 with nothing': { answer: send(401, ''), says: /the server answered 401/, final: true },
    '403 with an array': { answer: send(403, '[1]'), says: /the server answered 403/, final: true },
    '400 as OAuth has it': {
      answer: ({ json }) => json({ error: 'invalid_grant', error_description: 'gone' }, 400),
      says: /invalid_grant \(gone\)/,
      final: true,
    },
    '400 that repeats short secrets': {
      answer: async ({ body, json }) =>
        json({ error: 'invalid_grant', error_description: `no: ${String(await body)}` }, 400),
      says: /invalid_grant \(no: /,
      final: true,
    },
    '400 that repeats what it was sent': {
      answer: async ({ body, json }) =>
        json({ error: 'invalid_grant', error_description: `no: ${String(await body)}` }, 400),
      says: /invalid_grant \(no: /,
      final: true,
    },
  },
}

const address = (name: string) => `/faulty/${encodeURIComponent(name)}`

/** Makes every fault an endpoint, and a page with a client for each, none of which has called yet. */
async function clients(page: Page, server: Faults, group: Record<string, Fault>): Promise<void> {
  for (const [name, { answer }] of Object.entries(group)) server.route(address(name), answer)
  server.route('/page', send(200, html, 'text/html'))
  await page.goto(server.origin)
  const given = Object.entries(group).map(([name, { timeout = 20_000 }]) => {
    // Long ones look like secrets to anybody.
    const secret = (short: string) => server.secret(name.includes('short') ? short : undefined)
    const tokens = { accessToken: secret('a-0815'), refreshToken: secret('r-4711') }
    return { name, timeout, tokens, password: secret('hunter2x') }
  })
  await page.evaluate(async (given) => {
    for (const { name, timeout, tokens, password } of given) {
      const endpoint = `/faulty/${encodeURIComponent(name)}`
      const events: unknown[] = []
      const auth = faults.client({
        name,
        signin: endpoint,
        refresh: endpoint,
        timeout,
        debug: (event) => events.push(event),
        onFailedRefresh: (error) => void events.push(error),
        onRefreshError: (event) => events.push(event.error),
      })
      await auth.setTokens(tokens)
      faults.kept[name] = { auth, events, password, stored: localStorage.getItem(name), tokens }
    }
  }, given)
}

/** Calls every client and tells how each call ended, how long it took, and what is left. */
const results = (page: Page, how: 'fetch' | 'signin') =>
  page.evaluate(async (how) => {
    const result = async (name: string) => {
      const { auth, events, password, stored, tokens } = faults.kept[name]
      const began = performance.now()
      const call: Promise<unknown> =
        how === 'fetch' ? auth.fetch('/guarded/x') : auth.signin({ username: 'u', password })
      const error = await call.then(
        () => undefined,
        (error: unknown) => error,
      )
      const took = performance.now() - began
      const session = await auth.getSession()
      return {
        error: faults.told(error),
        took,
        untouched: localStorage.getItem(name) === stored,
        kept: session?.accessToken === tokens.accessToken,
        handled: events.filter((event: unknown) => event instanceof faults.AuthError).length,
        // The answer that comes with an error is the server's own: its text is not ours.
        text: faults.everything(error) + faults.everything(events) + JSON.stringify(error),
      }
    }
    const names = Object.keys(faults.kept)
    return Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await result(name)] as const)),
    )
  }, how)

for (const [title, group] of Object.entries(groups))
  test(`an endpoint that gives ${title}: to a sign-in, to a refresh, and to the refresh after it has recovered`, async ({
    page,
    server,
  }) => {
    await clients(page, server, group)
    const signins = await results(page, 'signin')
    for (const [name, { says }] of Object.entries(group)) {
      const { error, took, untouched, kept, text } = signins[name]!
      expect.soft(error, name).toMatchObject({ name: 'AuthError', code: 'signin_failed' })
      expect.soft(error.message, name).toMatch(/^Sign-in failed: ./)
      expect.soft(error.message, name).toMatch(says)
      expect.soft(took, `${name}: milliseconds`).toBeLessThan(10_000)
      expect.soft([untouched, kept], `${name}: what was there stays`).toEqual([true, true])
      for (const secret of server.secrets)
        expect.soft(text.includes(secret), `${name}: a secret is told`).toBe(false)
    }

    server.log.splice(0)
    const refreshes = await results(page, 'fetch')
    for (const [name, { answer, says, final = false }] of Object.entries(group)) {
      const { error, took, untouched, kept, handled, text } = refreshes[name]!
      expect.soft(error, name).toMatchObject({ name: 'AuthError', code: 'refresh_failed', transient: !final })
      expect.soft(error.message, name).toMatch(/^Failed to refresh token: ./)
      expect.soft(error.message, name).toMatch(says)
      expect.soft(error.message?.length, name).toBeLessThan(500)
      expect.soft(took, `${name}: milliseconds`).toBeLessThan(10_000)
      expect.soft([untouched, kept], `${name}: the session stays`).toEqual([!final, !final])
      expect.soft(handled, `${name}: told to the listener, and to the handler at the end`).toBe(final ? 2 : 1)
      for (const secret of server.secrets)
        expect.soft(text.includes(secret), `${name}: a token is told`).toBe(false)
      // Where a connection breaks, Chromium itself sends the request again on another.
      const tries = answer === broken ? expect.any(Number) : 1
      expect.soft(server.asked(address(name)).length, `${name}: tries`).toEqual(tries)
    }

    for (const name of Object.keys(group))
      server.route(address(name), async ({ body, json }) => {
        const { refresh_token } = JSON.parse(String(await body)) as { refresh_token: string }
        json({ access_token: server.secret(`${refresh_token}-renewed`), refresh_token: server.secret() })
      })
    const renewed = await page.evaluate(async () => {
      const renew = async ([name, { auth, tokens }]: [string, (typeof faults.kept)[string]]) => {
        const session = await auth.refresh().catch(faults.told)
        return [name, session.accessToken === `${tokens.refreshToken}-renewed` || session.code] as const
      }
      return Object.fromEntries(await Promise.all(Object.entries(faults.kept).map(renew)))
    })
    for (const [name, { final }] of Object.entries(group))
      expect.soft(renewed[name], `${name}: the next refresh`).toBe(final ? 'not_signed_in' : true)
  })

test('an answer of five megabytes that holds the tokens is as good as any', async ({ page, server }) => {
  await page.goto(server.origin)
  server.route('/refresh', ({ json }) => json({ padding: 'x'.repeat(5 << 20), ...server.grant() }))
  const status = await page.evaluate(async () => {
    const auth = faults.client()
    await auth.signin()
    return (await auth.fetch('/guarded/x', { auth: { forceRefresh: true } })).status
  })
  expect(status).toBe(200)
})

test('a refresh that is retried while the server recovers comes through, and asks as often as it may', async ({
  page,
  secure: server,
}) => {
  await page.goto(server.origin)
  await page.evaluate(async () => {
    faults.kept.auth = faults.client({ retry: { attempts: 3, minDelay: 1, maxDelay: 5 } })
    await faults.kept.auth.signin()
  })
  server.revoke()
  const { refreshable } = server
  const script: Answer[] = [broken, send(503, html, 'text/html')]
  server.route('/refresh', (call) => (script.shift() ?? (({ json }) => json(server.grant())))(call))
  const status = await page.evaluate(async () => (await faults.kept.auth.fetch('/guarded/x')).status)
  expect(status).toBe(200)
  const presented = server
    .asked('/refresh')
    .map(async ({ body }) => JSON.parse(String(await body)).refresh_token)
  expect(await Promise.all(presented)).toEqual([refreshable, refreshable, refreshable])
})

test('the console is told what happens, and no token', async ({ page, server, lines }) => {
  await page.goto(server.origin)
  const query = server.secret()
  server.route('/refresh', async ({ body, json }) =>
    json({ error: 'invalid_grant', error_description: String(await body) }, 400),
  )
  await page.evaluate(async (query) => {
    const auth = faults.client({ debug: true, onRefresh: () => {} })
    await auth.signin({ username: 'u', password: query })
    await auth.fetch(`/guarded/x?key=${query}#${query}`.replaceAll(query, 'harmless'))
    await auth
      .fetch('/guarded/x', { auth: { forceRefresh: true } })
      .catch((error: unknown) => console.error(error, String(error)))
  }, query)
  // What was told last arrives last.
  await expect.poll(() => lines.join()).toContain('Failed to refresh token: invalid_grant')
  await expect.poll(() => lines.join()).toMatch(/\[authfetch\] #\d+ failed: GET/)
  expect(lines.join()).toMatch(/\[authfetch\] #\d+ sent/)
  expect(lines.join()).toContain('[authfetch] refresh failed for good: refresh_failed (400)')
  expect(lines.join()).not.toContain('harmless') // the fixture looks for the tokens
})
