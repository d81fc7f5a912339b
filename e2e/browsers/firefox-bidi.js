#!/usr/bin/env node
// Stands in for Firefox's executable when Playwright starts an installed Firefox:
// it starts the real one and sits on the line between them. Playwright speaks
// WebDriver BiDi (https://w3c.github.io/webdriver-bidi/) to it, and sends each new
// context one command that is younger than the Firefox that Debian keeps. To that
// command the answer here is that it is done; all others go to Firefox as they are.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { WebSocket, WebSocketServer } from 'ws'

/** Sets what media queries see, which no test here asks for. */
const UNKNOWN = 'emulation.setMediaFeaturesOverride'

const firefox = spawn(process.env.AUTHFETCH_FIREFOX ?? '/usr/bin/firefox-esr', process.argv.slice(2), {
  stdio: ['ignore', 'inherit', 'pipe'],
})
firefox.on('exit', (code) => process.exit(code ?? 1))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => firefox.kill(signal))

// Playwright reads the address from what Firefox says.
createInterface({ input: firefox.stderr }).on('line', (line) => {
  const address = /WebDriver BiDi listening on (ws:\/\/.*)$/.exec(line)?.[1]
  if (!address) return void process.stderr.write(`${line}\n`)
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: 2 ** 28 })
  server.on('listening', () =>
    process.stderr.write(`WebDriver BiDi listening on ws://127.0.0.1:${server.address().port}\n`),
  )
  server.on('connection', (playwright, request) => join(playwright, new WebSocket(address + request.url)))
})

/** Hands on what both say, in order. */
function join(playwright, browser) {
  const opened = new Promise((resolve) => browser.on('open', resolve))
  playwright.on('message', async (data, binary) => {
    await opened
    const { id, method } = JSON.parse(String(data))
    if (method === UNKNOWN) playwright.send(JSON.stringify({ type: 'success', id, result: {} }))
    else browser.send(data, { binary })
  })
  browser.on('message', (data, binary) => playwright.send(data, { binary }))
  playwright.on('close', () => browser.close())
  for (const end of [browser, playwright]) end.on('error', () => playwright.close())
  browser.on('close', () => playwright.close())
}
