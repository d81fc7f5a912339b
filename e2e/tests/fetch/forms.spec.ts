// A form's files are whole in every sending, also where the caller keeps nothing of the
// form: WebKit's Request loses them with the last File object.
import type { Page } from '@playwright/test'
import { expect, signedIn, test } from '../../servers/faults/fixtures.js'
import type { Faults } from '../../servers/faults/server.js'

/** Sends a form that nobody has any more, and which is changed after the call. */
const sendForm = (page: Page, path: string) =>
  page.evaluate((path) => {
    const form = new FormData()
    form.append('file', new File([new Uint8Array(3000).fill(13)], 'f.bin'))
    faults.kept.answer = faults.kept.auth.fetch(path, { method: 'POST', body: form })
    form.delete('file')
  }, path)

/** Has the page's collector run, as far as a page can. */
const collected = (page: Page) =>
  page.evaluate(async () => {
    for (let round = 0; round < 30; round++) {
      Array.from({ length: 20_000 }, (_, i) => ({ i, text: `${i}`, bytes: new Uint8Array(64) }))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })

async function expectWhole(page: Page, server: Faults, path: string, times: number): Promise<void> {
  expect(await page.evaluate(async () => (await faults.kept.answer).status as number)).toBe(200)
  const sent = await Promise.all(server.asked(path).map(({ body }) => body))
  expect(sent).toHaveLength(times)
  for (const body of sent) expect(body.includes(Buffer.alloc(3000, 13)), 'the file is in it').toBe(true)
}

test('a form is whole after a 401', async ({ page, server }) => {
  await signedIn(page, server)
  server.revoke()
  const refreshed = server.hold('/refresh')
  await sendForm(page, '/guarded/form')
  await server.seen('/refresh')
  await collected(page)
  refreshed.open()
  await expectWhole(page, server, '/guarded/form', 2)
})

test('a form is whole that waits for the module', async ({ page, server }) => {
  await signedIn(page, server)
  const loaded = server.hold('/authfetch.wasm')
  await page.reload()
  await page.evaluate(() => void (faults.kept.auth = faults.client()))
  await sendForm(page, '/guarded/form')
  await server.seen('/authfetch.wasm')
  await collected(page)
  loaded.open()
  await expectWhole(page, server, '/guarded/form', 1)
})
