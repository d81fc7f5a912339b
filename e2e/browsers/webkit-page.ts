// As much of Playwright's Browser, BrowserContext and Page as the tests use, over
// WebDriver. The contexts of a worker share one session, since another takes two
// seconds to start: tests have servers, and so origins, of their own.
import type { WebDriver } from 'selenium-webdriver'
import { Handle, Script } from './webkit-script.js'
import { WebKitLocator, type Where } from './webkit-locator.js'
import { Session } from './webkit-session.js'

/** How long a page may take to load. */
const PATIENCE = 20_000

/** A script as it is written into a page, where no text of its own ends it. */
function asElement(script: unknown): string {
  const source = typeof script === 'function' ? `(${String(script)})()` : String(script)
  return `<script>${source.replaceAll('</script', '<\\/script')}</script>`
}

export class WebKitBrowser {
  /** Playwright's fixture of a context looks here for headers of a server that it is connected to. */
  readonly _connection = {}

  private constructor(private readonly session: Session) {}

  static async launch(): Promise<WebKitBrowser> {
    return new WebKitBrowser(await Session.start())
  }

  async newContext(): Promise<WebKitContext> {
    return new WebKitContext(this.session)
  }

  async newPage(): Promise<WebKitPage> {
    return (await this.newContext()).newPage()
  }

  close(): Promise<void> {
    return this.session.end()
  }
}

export class WebKitContext {
  private readonly open = new Set<WebKitPage>()
  readonly initScripts: unknown[] = []

  constructor(private readonly session: Session) {}

  async newPage(): Promise<WebKitPage> {
    const page = new WebKitPage(this, this.session, await this.session.open())
    this.open.add(page)
    return page
  }

  forget(page: WebKitPage): void {
    this.open.delete(page)
  }

  pages(): WebKitPage[] {
    return [...this.open]
  }

  async addInitScript(script: unknown): Promise<void> {
    this.initScripts.push(script)
  }

  /** Those of the first page's host. */
  async cookies() {
    const [page] = this.open
    return page ? page.act((driver) => driver.manage().getCookies()) : []
  }

  /** WebDriver has no such events; what listens for them says so in differences.ts. */
  on(): this {
    return this
  }

  async close(): Promise<void> {
    for (const page of this.open) {
      await page.act((driver) => driver.manage().deleteAllCookies()).catch(() => {}) // about:blank has none
      await page.close()
    }
  }
}

export class WebKitPage {
  private readonly script: Script
  private readonly initScripts: unknown[] = []

  constructor(
    private readonly owner: WebKitContext,
    private readonly session: Session,
    private readonly window: string,
  ) {
    this.script = new Script(session, window)
  }

  act<T>(act: (driver: WebDriver) => Promise<T>): Promise<T> {
    return this.session.within(this.window, act)
  }

  context(): WebKitContext {
    return this.owner
  }

  async addInitScript(script: unknown): Promise<void> {
    this.initScripts.push(script)
  }

  async goto(url: string): Promise<void> {
    const scripts = [...this.owner.initScripts, ...this.initScripts]
    if (scripts.length === 0 || !url.startsWith('http')) {
      await this.act((driver) => driver.get(url))
      return this.hasLoaded()
    }
    // A name with a dot is no page: a server of one answers others with its own, and its policy.
    await this.act((driver) => driver.get(new URL('/before-the-page.txt', url).href))
    await this.hasLoaded()
    await this.write(url, scripts)
  }

  /**
   * WebDriver has no scripts that run before the page's own. So the page is written
   * into an empty one of the same origin, with the scripts at its head. They would not
   * do before it is written: `document.open` removes a window's listeners.
   */
  private async write(url: string, scripts: unknown[]): Promise<void> {
    const html = await (await fetch(url)).text()
    const head = ['document.haveRun = true', ...scripts].map(asElement).join('')
    await this.evaluate(
      ([url, html]: [string, string]) => {
        history.replaceState(null, '', url)
        return new Promise((resolve, reject) => {
          document.open()
          const loaded = () =>
            'haveRun' in document ? resolve(null) : reject(new Error('The page lets no init script run'))
          addEventListener('load', loaded, { once: true })
          document.write(html)
          document.close()
        })
      },
      [url, html.replace(/^\s*(<!doctype [^>]*>)?/i, (start) => start + head)],
    )
  }

  /** On a busy machine the driver says that a page has loaded when it only has been parsed. */
  private async hasLoaded(): Promise<void> {
    const end = Date.now() + PATIENCE
    while ((await this.act((driver) => driver.executeScript('return document.readyState'))) !== 'complete') {
      if (Date.now() > end) throw new Error(`${await this.address()} does not load`)
      await this.waitForTimeout(20)
    }
  }

  async reload(): Promise<void> {
    if (this.owner.initScripts.length + this.initScripts.length > 0) return this.goto(await this.address())
    await this.act((driver) => driver.navigate().refresh())
    await this.hasLoaded()
  }

  async goBack(): Promise<void> {
    await this.act((driver) => driver.navigate().back())
    await this.hasLoaded()
  }

  address(): Promise<string> {
    return this.act((driver) => driver.getCurrentUrl())
  }

  evaluate(body: unknown, arg?: unknown): Promise<unknown> {
    return this.script.run(body, [arg])
  }

  async evaluateHandle(body: unknown, arg?: unknown): Promise<Handle> {
    return new Handle(this.script, (await this.script.run(body, [arg], true)) as number)
  }

  waitForTimeout(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds))
  }

  private find(where: Where): WebKitLocator {
    return new WebKitLocator(this, where)
  }

  locator(css: string): WebKitLocator {
    return this.find({ css })
  }

  getByLabel(label: string): WebKitLocator {
    return this.find({ label })
  }

  getByRole(role: string, { name, exact }: { name?: string | RegExp; exact?: boolean } = {}): WebKitLocator {
    return this.find({ role, name, exact })
  }

  getByText(text: string): WebKitLocator {
    return this.find({ text })
  }

  on(): this {
    return this
  }

  async close(): Promise<void> {
    if (this.script.closed) return
    await this.act((driver) => driver.close())
    this.script.closed = true
    this.owner.forget(this)
  }
}
