// As much of Playwright's Locator as the tests use: what a user finds by its
// label, its role and its text. Each act waits until there is something to act on.
import type { WebKitPage } from './webkit-page.js'

export interface Where {
  css?: string
  label?: string
  role?: string
  text?: string
  name?: string | RegExp | undefined
  exact?: boolean | undefined
}

/** How long an act waits for its element. */
const PATIENCE = 10_000

export class WebKitLocator {
  constructor(
    private readonly page: WebKitPage,
    private readonly where: Where,
  ) {}

  click(): Promise<void> {
    return this.act((element) => (element as HTMLElement).click())
  }

  fill(text: string): Promise<void> {
    return this.act((element, text) => {
      ;(element as HTMLInputElement).value = text
      element.dispatchEvent(new InputEvent('input', { bubbles: true }))
      element.dispatchEvent(new Event('change', { bubbles: true }))
    }, text)
  }

  /** The text, or null while there is no such element. */
  async textContent(): Promise<string | null> {
    const [found, text] = await this.once((element) => element.textContent)
    return found ? (text as string) : null
  }

  private async act(act: (element: Element, arg: string) => unknown, arg = ''): Promise<void> {
    const end = Date.now() + PATIENCE
    while (!(await this.once(act, arg))[0]) {
      if (Date.now() > end) throw new Error(`There is no ${JSON.stringify(this.where)}`)
      await this.page.waitForTimeout(50)
    }
  }

  private async once(act: (element: Element, arg: string) => unknown, arg = ''): Promise<[boolean, unknown]> {
    const { name, ...where } = this.where
    const pattern = name instanceof RegExp ? [name.source, name.flags] : name
    const call = `((where, pattern, arg) => {
      const element = (${String(find)})(where, pattern)
      return element ? [true, (${String(act)})(element, arg)] : [false]
    })(${[where, pattern, arg].map((one) => JSON.stringify(one) ?? 'undefined').join()})`
    return (await this.page.evaluate(call)) as [boolean, unknown]
  }
}

/** Runs in the page, as it stands here. */
function find(
  where: Where,
  pattern: string | [source: string, flags: string] | undefined,
): Element | undefined {
  const roles: Record<string, string> = {
    button: 'button, input[type=submit], [role=button]',
    heading: 'h1, h2, h3, h4, h5, h6',
    link: 'a[href]',
  }
  const named = (element: Element) => {
    const name = (element.getAttribute('aria-label') ?? element.textContent ?? '').trim()
    if (pattern === undefined) return true
    if (typeof pattern !== 'string') return new RegExp(...pattern).test(name)
    return where.exact ? name === pattern : name.toLowerCase().includes(pattern.toLowerCase())
  }
  const all = (css: string) => [...document.querySelectorAll(css)]
  if (where.css) return all(where.css)[0]
  if (where.role) return all(roles[where.role]!).find(named)
  if (where.text) return all('body *').findLast((element) => element.textContent?.includes(where.text!))
  const label = all('label').find((element) => element.textContent?.includes(where.label!))
  return (label as HTMLLabelElement | undefined)?.control ?? undefined
}
