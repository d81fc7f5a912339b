// An installed WebKitGTK, which Playwright cannot drive: its MiniBrowser on a
// screen of its own, driven by WebDriver (https://www.w3.org/TR/webdriver2/).
import { spawn, type ChildProcess } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { Builder, type WebDriver } from 'selenium-webdriver'

const MINI_BROWSER = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser'

export class Session {
  private last: Promise<unknown> = Promise.resolve()

  private constructor(
    private readonly driver: WebDriver,
    /** The window that the session begins with. It stays, since the session ends with its last one. */
    private readonly first: string,
    private readonly processes: ChildProcess[],
  ) {}

  static async start(): Promise<Session> {
    const [screen, display] = await startScreen()
    const port = await freePort()
    const server = spawn('WebKitWebDriver', ['--host=127.0.0.1', `--port=${port}`], {
      env: { ...process.env, DISPLAY: display },
      stdio: 'ignore',
    })
    const processes = [server, screen]
    try {
      await answers(port)
      const driver = await new Builder()
        .usingServer(`http://127.0.0.1:${port}`)
        .withCapabilities({
          browserName: 'MiniBrowser',
          acceptInsecureCerts: true,
          timeouts: { script: 30_000, pageLoad: 20_000 },
          'webkitgtk:browserOptions': {
            binary: process.env.AUTHFETCH_WEBKIT ?? MINI_BROWSER,
            args: ['--automation'],
          },
        })
        .build()
      return new Session(driver, await driver.getWindowHandle(), processes)
    } catch (error) {
      for (const process of processes) process.kill()
      throw error
    }
  }

  /** Does something with the driver, alone: it has one current window, and takes one command at a time. */
  private alone<T>(act: (driver: WebDriver) => Promise<T>): Promise<T> {
    const turn = this.last.then(() => act(this.driver))
    this.last = turn.catch(() => {})
    return turn
  }

  /** Opens a window and answers its handle. A tab in the background would have slow timers. */
  open(): Promise<string> {
    return this.within(this.first, async (driver) => {
      await driver.switchTo().newWindow('window')
      return driver.getWindowHandle()
    })
  }

  /** Does something in a window, alone. */
  within<T>(window: string, act: (driver: WebDriver) => Promise<T>): Promise<T> {
    return this.alone(async (driver) => {
      await driver.switchTo().window(window)
      return act(driver)
    })
  }

  async end(): Promise<void> {
    await this.driver.quit().catch(() => {}) // it may have gone by itself
    for (const process of this.processes) process.kill()
  }
}

/** Starts an X server at the first display that is free, which it tells by the descriptor 3. */
async function startScreen(): Promise<[ChildProcess, display: string]> {
  const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const number = await new Promise<string>((resolve, reject) => {
    screen.on('error', reject)
    screen.on('exit', () => reject(new Error('Xvfb has ended')))
    screen.stdio[3]!.once('data', (data) => resolve(String(data).trim()))
  })
  return [screen, `:${number}`]
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Resolves once the driver listens. */
async function answers(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const status = await fetch(`http://127.0.0.1:${port}/status`).catch(() => undefined)
    if (status?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('WebKitWebDriver does not answer')
}
