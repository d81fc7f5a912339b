// Requests that carry proofs (DPoP, RFC 9449) are as whole as others, and end as others do.
// What sends them sends copies of them, and browsers differ in what a copy knows.
// tests/proof has the proofs themselves, and a certified server.
import type { Page } from '@playwright/test'
import { expect, test } from '../../servers/faults/fixtures.js'
import { Gate, type Call, type Faults } from '../../servers/faults/server.js'

/** Refuses a proof that has not the nonce, which each page has to learn. */
async function provedOrRefused({ body, headers, reply }: Call): Promise<void> {
  await body
  const claims = Buffer.from(headers['dpop']?.split('.')[1] ?? '', 'base64url').toString()
  if (claims.includes('"nonce":"wanted"')) reply(200, 'proved')
  else reply(401, '', { 'dpop-nonce': 'wanted', 'www-authenticate': 'DPoP error="use_dpop_nonce"' })
}

/** Opens a page and signs in there, with tokens that are bound to its key. */
async function boundPage(page: Page, server: Faults): Promise<void> {
  server.route('/token', ({ json }) => json(server.grant({ token_type: 'DPoP' })))
  server.route('/proved/*', provedOrRefused)
  await page.goto(server.origin)
  await page.evaluate(async (tokenUrl) => {
    faults.kept.auth = faults.createAuth({ oauth: { tokenUrl, clientId: 'spa', dpop: true } })
    await faults.kept.auth.signin({ username: 'ada', password: 'p' })
  }, `${server.origin}/token`)
}

test('a form with a file, and a request with keepalive, are whole in both sendings', async ({
  page,
  server,
}) => {
  await boundPage(page, server)
  const statuses = await page.evaluate(async () => {
    const form = new FormData()
    form.append('file', new File(['the content'], 'f.bin'))
    const sent = [
      await faults.kept.auth.fetch('/proved/form', { method: 'POST', body: form }),
      await faults.kept.auth.fetch('/proved/kept', { method: 'POST', body: 'kept', keepalive: true }),
    ]
    return sent.map(({ status }) => status as number)
  })
  expect(statuses).toEqual([200, 200])
  const forms = server.asked('/proved/form')
  expect(forms, 'the first has to learn the nonce').toHaveLength(2)
  for (const { headers, body } of forms) {
    expect(headers['content-type']).toMatch(/^multipart\/form-data; boundary=/)
    expect((await body).toString()).toMatch(/filename="f.bin"[^]*the content/)
  }
  const bodies = await Promise.all(server.asked('/proved/kept').map(({ body }) => body))
  expect(bodies.map(String)).toEqual(['kept'])
})

test('an abort ends what a nonce has sent again', async ({ page, server }) => {
  await boundPage(page, server)
  const gate = new Gate()
  server.route('/proved/held', async (call) => {
    if (server.asked('/proved/held').length > 1) await gate.opened
    await provedOrRefused(call)
  })
  await page.evaluate(() => {
    const controller = new AbortController()
    const { signal } = controller
    const answer = faults.kept.auth.fetch('/proved/held', { method: 'POST', body: 'b', signal })
    answer.catch(() => {})
    faults.kept.held = { controller, answer }
  })
  const again = await server.seen('/proved/held', 2)
  const end = await page.evaluate(() => {
    const { controller, answer } = faults.kept.held
    const reason = new Error('enough')
    controller.abort(reason)
    return faults.rejectsWith(answer, reason)
  })
  expect(end).toBe('the reason')
  expect(await again.over, 'the browser has let go').toBe(false)
  gate.open()
})
