// A Chromium that nobody listens to. Playwright has a page's network observed, for which
// the page keeps a third of a kilobyte of each request that it has ever made, and notes
// for each who has called whom: more than what is to be measured here, in bytes and in
// time. https://chromedevtools.github.io/devtools-protocol
import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Starts it, and answers { open, close }. */
export async function quietChromium(executablePath, args, profile) {
  const browser = spawn(
    executablePath,
    ['--headless=new', '--remote-debugging-pipe', `--user-data-dir=${profile}`, ...args, 'about:blank'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
  )
  const [, , , toBrowser, fromBrowser] = browser.stdio
  const asked = new Map()
  let rest = ''
  fromBrowser.setEncoding('utf8').on('data', (data) => {
    const messages = (rest + data).split('\0')
    rest = messages.pop()
    for (const message of messages) {
      const { id, result, error } = JSON.parse(message)
      const { resolve, reject } = asked.get(id) ?? {} // what has no id is an event
      asked.delete(id)
      if (error) reject(new Error(error.message))
      else resolve?.(result)
    }
  })
  browser.on('exit', () => {
    for (const { reject } of asked.values()) reject(new Error('the browser has ended'))
  })
  let id = 0
  const send = (method, params = {}, sessionId) =>
    new Promise((resolve, reject) => {
      asked.set(++id, { resolve, reject })
      toBrowser.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    })
  return {
    async open(url) {
      const { targetId } = await send('Target.createTarget', { url })
      const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true })
      const page = {
        send: (method, params) => send(method, params, sessionId),
        /** Runs a function in the page, with arguments that are JSON. */
        async evaluate(work, ...given) {
          const expression = `(${work})(...${JSON.stringify(given)})`
          const how = { expression, awaitPromise: true, returnByValue: true }
          const { result, exceptionDetails } = await page.send('Runtime.evaluate', how)
          if (exceptionDetails)
            throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
          return result.value
        },
        close: () => send('Target.closeTarget', { targetId }),
      }
      // Until the page is there it has nothing to run anything in.
      while (!(await page.evaluate(() => Boolean(window.bench)).catch(() => false)))
        await new Promise((resolve) => setTimeout(resolve, 50))
      return page
    },
    async close() {
      const ended = once(browser, 'exit')
      await send('Browser.close')
      await ended
    },
  }
}
