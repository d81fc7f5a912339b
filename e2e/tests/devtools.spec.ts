// The panel of authfetch/devtools in somebody else's page, with real clients.
import type { Page } from '@playwright/test'
import { expect, test } from '../servers/faults/fixtures.js'
import type { Faults } from '../servers/faults/server.js'

/** What a page's own stylesheet may do to everything in it. */
const hostile = `
  * { all: unset !important; }
  body * { display: none !important; color: lime !important; background: lime !important; font: 40px fantasy !important; }
  button, section, svg { visibility: hidden !important; position: static !important; opacity: 0 !important; }
`

/** Opens a page with the panel, and signs in to a client that it traces. */
async function mounted(page: Page, server: Faults, css = ''): Promise<void> {
  await page.goto(server.origin)
  await page.evaluate(async (css) => {
    document.head.append(Object.assign(document.createElement('style'), { textContent: css }))
    const { mountDevtools } = (await import('/devtools.js' as string)) as typeof import('authfetch/devtools')
    const devtools = mountDevtools()
    faults.kept.devtools = devtools
    faults.kept.auth = faults.client({ debug: devtools.trace })
    devtools.watch(faults.kept.auth)
    await faults.kept.auth.signin()
  }, css)
}

const toggle = (page: Page) => page.getByRole('button', { name: /^authfetch/ })
const panel = (page: Page) => page.getByRole('region', { name: 'authfetch' })
const fetchAll = (page: Page, count: number) =>
  page.evaluate(async (count) => {
    await Promise.all(Array.from({ length: count }, (_, i) => faults.kept.auth.fetch(`/guarded/${i}`)))
  }, count)

for (const [title, css] of Object.entries({ plain: '', hostile }))
  test(`the panel looks the same in a page with a ${title} stylesheet`, async ({ page, server }) => {
    await mounted(page, server, css)
    await expect(panel(page)).toBeHidden()
    await toggle(page).click()
    server.revoke()
    await fetchAll(page, 5)
    await expect(panel(page)).toContainText(/5 requests: all met a 401 and were sent again.*One refresh/)
    await expect(toggle(page)).toHaveText(/5$/)
    await expect(page.locator('svg.af-picture .af-renewed')).toHaveCount(5)

    const box = (await panel(page).boundingBox())!
    const { width, height } = page.viewportSize()!
    expect(box.x + box.width, 'at the right edge').toBeCloseTo(width - 12, 0)
    expect(box.y + box.height, 'above the button').toBeLessThan(height - 40)
    const style = await panel(page).evaluate((element) => {
      const { backgroundColor, color, fontSize, opacity, visibility } = getComputedStyle(element)
      return { backgroundColor, color, fontSize, opacity, visibility }
    })
    expect(style).toEqual({
      backgroundColor: 'rgb(255, 253, 248)',
      color: 'rgb(28, 36, 51)',
      fontSize: '14px',
      opacity: '1',
      visibility: 'visible',
    })
  })

test('the panel works by keyboard, and keeps its keys from the page', async ({ page, server }) => {
  await mounted(page, server)
  await page.evaluate(() => addEventListener('keydown', ({ key }) => (faults.kept.pressed = key)))
  await toggle(page).focus()
  await page.keyboard.press('Enter')
  await expect(panel(page)).toBeVisible()
  await expect(toggle(page)).toHaveAttribute('aria-expanded', 'true')
  await expect(page.getByRole('button', { name: 'Close' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(panel(page)).toBeHidden()
  await expect(toggle(page)).toBeFocused()
  expect(await page.evaluate(() => faults.kept.pressed), 'the Escape was not the page’s').toBe('Enter')
  await page.keyboard.press('Space')
  await page.keyboard.press('Shift+Tab')
  await expect(page.getByRole('button', { name: 'Clear' })).toBeFocused()
})

test('the panel is dark where the system is, shows failures, and stores nothing', async ({
  page,
  server,
}) => {
  await page.emulateMedia({ colorScheme: 'dark' })
  await mounted(page, server)
  const stored = () => page.evaluate(() => Object.keys({ ...localStorage, ...sessionStorage }))
  const before = await stored()
  await toggle(page).click()
  server.route('/refresh', ({ json }) => json({ error: 'invalid_grant' }, 400))
  server.revoke()
  await page.evaluate(() => faults.kept.auth.fetch('/guarded/x').catch(() => {}))
  await expect(panel(page)).toContainText('The refresh was refused; the session is over.')
  await expect(panel(page)).toHaveCSS('background-color', 'rgb(22, 27, 38)')
  await expect(toggle(page)).toHaveAccessibleName('authfetch: 1 request, 1 failed')
  expect((await stored()).filter((key) => !before.includes(key))).toEqual([])

  await page.getByRole('button', { name: 'Clear' }).click()
  await expect(toggle(page)).toHaveAccessibleName('authfetch: 0 requests, 0 failed')
  await page.evaluate(() => faults.kept.devtools.destroy())
  await expect(page.locator('authfetch-devtools')).toHaveCount(0)
  await page.evaluate(() => faults.kept.auth.fetch('/open/x')) // goes on without it
})
