// Finds a Chromium, and installs one where there is none: Debian's package with
// root and apt-get, else Playwright's own. Prints its path, or nothing for
// Playwright's.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const paths = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
]

/** The path of an installed Chromium, or undefined. */
export function installed() {
  return [process.env.AUTHFETCH_CHROMIUM, ...paths].find((path) => path && existsSync(path))
}

function install() {
  const run = (command, ...args) => execFileSync(command, args, { stdio: ['ignore', 2, 2] })
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get'))
    try {
      run('apt-get', 'update', '-qq')
      run('apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'chromium')
      return
    } catch (error) {
      console.error(`Debian's chromium could not be installed (${error.message}); trying Playwright's own`)
    }
  run('npx', 'playwright', 'install', '--with-deps', 'chromium')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (!installed()) install()
  console.log(installed() ?? '')
}
