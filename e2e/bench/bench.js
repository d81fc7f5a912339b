// Measures what authfetch costs, beside what an application would use instead, in the
// same run, and writes js/docs. BENCH=quick is a short run; ONLY=storm,memory a part.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import { installed } from '../browser.js'
import { files } from './files.js'
import { active } from './parts/active.js'
import { memory } from './parts/memory.js'
import { requests } from './parts/requests.js'
import { start } from './parts/start.js'
import { storm } from './parts/storm.js'
import { weights } from './peers.js'
import { quietChromium } from './quiet.js'
import { circumstances, write } from './report.js'
import { serve } from './server.js'

const parts = { size: weights, start, requests, storm, active, memory }
const quick = process.env.BENCH === 'quick'
const only = process.env.ONLY?.split(',') ?? Object.keys(parts)

const server = await serve(await files())
const profile = mkdtempSync(join(tmpdir(), 'authfetch-bench-'))
const executablePath = installed() ?? chromium.executablePath()
const args = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]
// A profile on the disk: without one there is no cache of compiled code.
const context = await chromium.launchPersistentContext(join(profile, 'observed'), { executablePath, args })
const [blank] = context.pages()
const { product } = await (await context.newCDPSession(blank)).send('Browser.getVersion')
const openQuiet = () => quietChromium(executablePath, args, mkdtempSync(join(profile, 'quiet-')))
const quiet = await openQuiet()
const open = (path) => quiet.open(server.origin + path)
try {
  const results = {}
  for (const name of only) {
    const began = Date.now()
    results[name] = await parts[name]({ context, open, openQuiet, quick, ...server })
    console.log(`${name}: ${Math.round((Date.now() - began) / 1000)} s`)
  }
  const whole = !quick && !process.env.ONLY
  const { folder, body } = write(results, circumstances(product), whole)
  console.log(`\n${body}\n\nwritten to ${folder}`)
} finally {
  await context.close()
  await quiet.close()
  await server.close()
  rmSync(profile, { recursive: true, force: true })
}
