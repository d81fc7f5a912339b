// Libraries that take a fetch, as js/docs/adapters.md has them: each with the real
// library, against an API whose token has expired.
import { expect } from '@playwright/test'
import { appTest } from '../../servers/adapters.js'
import type { Faults } from '../../servers/faults/server.js'
import { moduleOf } from '../flows/shared.js'

type App = typeof import('../../pages/adapters/libraries/main.js')

const test = appTest('libraries')

const names = ['ky', 'ofetch', 'openapi-fetch', 'TanStack Query', 'urql', 'Apollo']

/** An API, REST and GraphQL; the latter refuses with status 200. */
function serveApi(server: Faults): void {
  const signedIn = (headers: Readonly<Record<string, string | undefined>>) =>
    headers['authorization'] === `Bearer ${server.accepted}`
  server.route('/guarded/*', ({ headers, json }) =>
    signedIn(headers) ? json({ user: 'ada' }) : json({ message: 'no' }, 401),
  )
  server.route('/graphql', async ({ headers, body, json }) => {
    const { variables } = JSON.parse((await body).toString())
    if (signedIn(headers)) json({ data: { user: variables.id === undefined ? null : 'ada' } })
    else json({ errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED' } }] })
  })
}

for (const name of names)
  test.describe(name, () => {
    test('five requests that meet an expired token share one refresh', async ({
      page,
      server,
      authSession,
    }) => {
      serveApi(server)
      await authSession.signIn(server.grant())
      await page.goto('/')
      server.revoke()
      const app = await moduleOf<App>(page, 'main')
      const users = await app.evaluate(
        ({ ask }, name) => Promise.all(['1', '2', '3', '4', '5'].map((id) => ask[name]!(id))),
        name,
      )
      expect(users).toEqual(Array(5).fill('ada'))
      expect(server.asked('/refresh')).toHaveLength(1)
    })

    test('a refused refresh is asked for once, and its AuthError is within reach', async ({
      page,
      server,
      authSession,
    }) => {
      serveApi(server)
      await authSession.signIn(server.grant())
      await page.goto('/')
      server.revoke()
      server.route('/refresh', ({ json }) => json({ error: 'invalid_grant' }, 400))
      const app = await moduleOf<App>(page, 'main')
      const codes = await app.evaluate(
        ({ ask }, name) =>
          ask[name]!('1').then(
            () => ['answered'],
            (error) => {
              const codes: unknown[] = []
              for (let cause = error; cause; cause = cause.cause) codes.push(cause.code)
              return codes
            },
          ),
        name,
      )
      expect(codes).toContain('refresh_failed')
      expect(server.asked('/refresh')).toHaveLength(1)
      expect(server.log.filter(({ path }) => /^\/(guarded|graphql)/.test(path))).toHaveLength(1)
    })
  })
