// Installs what the suite needs to run in Firefox and WebKit, where it is missing:
// Debian's packages, with root and apt-get. Playwright's own builds need none of them.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { isInstalled } from './own.js'

const wanted = {
  ...(isInstalled('firefox') ? {} : { '/usr/bin/firefox-esr': 'firefox-esr' }),
  ...(isInstalled('webkit')
    ? {}
    : { '/usr/bin/WebKitWebDriver': 'webkit2gtk-driver', '/usr/bin/Xvfb': 'xvfb' }),
}
const missing = Object.keys(wanted).filter((path) => !existsSync(path))
if (missing.length > 0) {
  const packages = missing.map((path) => wanted[path])
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    throw new Error(`Install ${packages.join(', ')}: this needs ${missing.join(', ')}`)
  const apt = (...args) => execFileSync('apt-get', args, { stdio: ['ignore', 2, 2] })
  apt('update', '-qq')
  apt('install', '-y', '-qq', '--no-install-recommends', ...packages)
}
