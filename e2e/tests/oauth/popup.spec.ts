// Signing in in a window of its own.
import type { Page } from '@playwright/test'
import { api, expect, outcomeOf, session, signInAtServer, test } from './kit.js'

async function popupOf(page: Page): Promise<Page> {
  const opened = page.waitForEvent('popup')
  await page.evaluate(() => void (window.popped = window.told(window.auth.signinPopup())))
  const popup = await opened
  await popup.waitForURL((url) => url.hostname === 'localhost')
  return popup
}

test('a window signs the page in, and goes', async ({ server, open }) => {
  const page = await open()
  const popup = await popupOf(page)
  const closed = popup.waitForEvent('close')
  await signInAtServer(popup)
  expect(await page.evaluate(() => window.popped)).toMatchObject({ value: { claims: { sub: 'ann' } } })
  await closed
  expect(await api(page)).toBe(200)
  expect(page.url()).toBe(`${server.app}/`)
  expect(server.calls('authorization_code')).toHaveLength(1)
})

test('a window without a BroadcastChannel answers by postMessage', async ({ context, open }) => {
  await context.addInitScript(() => {
    window.BroadcastChannel.prototype.postMessage = () => {}
  })
  const page = await open()
  const popup = await popupOf(page)
  await signInAtServer(popup)
  expect(await page.evaluate(() => window.popped)).toMatchObject({ value: { claims: { sub: 'ann' } } })
})

test('a window that the user closes is a sign-in that failed', async ({ open }) => {
  const page = await open()
  const popup = await popupOf(page)
  await popup.close()
  expect(await page.evaluate(() => window.popped)).toMatchObject({
    code: 'signin_failed',
    error: 'popup_closed',
  })
  expect(await session(page)).toBeNull()
})

test('consent that is refused in a window is told, and the window goes', async ({ open }) => {
  const page = await open()
  const popup = await popupOf(page)
  const closed = popup.waitForEvent('close')
  await popup.getByRole('button', { name: 'Cancel' }).click()
  expect(await page.evaluate(() => window.popped)).toMatchObject({
    code: 'signin_failed',
    error: 'access_denied',
  })
  await closed
})

test('a window that the browser blocks is told at once', async ({ context, open }) => {
  await context.addInitScript(() => (window.open = () => null))
  const page = await open()
  expect(await page.evaluate(() => window.told(window.auth.signinPopup()))).toMatchObject({
    code: 'signin_failed',
    error: 'popup_blocked',
  })
})

test('a window whose page has gone says so', async ({ context, open }) => {
  const page = await open()
  const popup = await popupOf(page)
  await page.close()
  await signInAtServer(popup)
  expect(await outcomeOf(popup)).toMatchObject({ code: 'signin_failed', error: 'invalid_state' })
  expect(context.pages()).toEqual([popup])
})

test('a signal closes the window', async ({ open }) => {
  const page = await open()
  const opened = page.waitForEvent('popup')
  await page.evaluate(() => {
    const controller = new AbortController()
    window.stop = () => controller.abort(new Error('changed my mind'))
    window.popped = window.told(window.auth.signinPopup({ signal: controller.signal }))
  })
  const popup = await opened
  await popup.waitForURL((url) => url.hostname === 'localhost')
  const closed = popup.waitForEvent('close')
  await page.evaluate(() => window.stop())
  await closed
  expect(await page.evaluate(() => window.popped)).toEqual({ message: 'Error: changed my mind' })
})

declare global {
  interface Window {
    stop(): void
  }
}
