// What `make test-browsers` goes by, which needs none of its browsers.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@playwright/test'
import { differences } from '../browsers/differences.js'
import { project } from '../browsers/project.js'

/** Runs Node in the folder of these tests, without what this run has told its own processes. */
function node(args: string[], env: NodeJS.ProcessEnv = {}): unknown {
  const { PATH, HOME } = process.env
  const cwd = fileURLToPath(new URL('..', import.meta.url))
  return JSON.parse(
    execFileSync(process.execPath, args, {
      cwd,
      encoding: 'utf8',
      env: { PATH, HOME, ...env },
      maxBuffer: 2 ** 26,
    }),
  )
}

interface Suite {
  title: string
  file: string
  specs: { title: string }[]
  suites?: Suite[]
}

/** The tests' titles, each after those of the groups that it is in. */
function titlesOf({ title, file, specs, suites = [] }: Suite): string[][] {
  const below = [...specs.map((spec) => [spec.title]), ...suites.flatMap(titlesOf)]
  return title === file ? below : below.map((titles) => [title, ...titles])
}

test('every test that another browser is not asked is still there', () => {
  const list = ['test', '--list', '--reporter=json', '--config=browsers/every.config.ts']
  const { suites } = node(['node_modules/@playwright/test/cli.js', ...list]) as { suites: Suite[] }
  const tests = suites.flatMap(titlesOf)
  expect(tests.length).toBeGreaterThan(150)
  for (const row of differences) {
    // A row takes away what has its words anywhere, so that must be the same tests.
    const taken = tests.filter((titles) => titles.join(' ').includes(row.test))
    expect(taken, `tests that “${row.test}” takes away`).not.toEqual([])
    expect(taken).toEqual(tests.filter((titles) => titles.some((title) => title.startsWith(row.test))))
    expect(row.firefox ?? row.webkit, `a reason for “${row.test}”`).toBeTruthy()
  }
  expect(new Set(differences.map((row) => row.test)).size).toBe(differences.length)
})

test('Playwright’s own browsers are taken where they are installed', ({}, { outputDir }) => {
  const ask = () =>
    node(
      [
        '--input-type=module',
        '--eval',
        `import playwright from '@playwright/test'
         import { isInstalled } from './browsers/own.js'
         process.stdout.write(JSON.stringify({
           firefox: isInstalled('firefox'),
           webkit: isInstalled('webkit'),
           path: playwright.webkit.executablePath(),
         }))`,
      ],
      { PLAYWRIGHT_BROWSERS_PATH: outputDir },
    ) as { firefox: boolean; webkit: boolean; path: string }
  const before = ask()
  expect(before).toMatchObject({ firefox: false, webkit: false })
  expect(before.path.startsWith(outputDir)).toBe(true)
  mkdirSync(dirname(before.path), { recursive: true })
  writeFileSync(before.path, '')
  expect(ask()).toMatchObject({ firefox: false, webkit: true })

  for (const browser of ['firefox', 'webkit'] as const)
    expect(project(browser, true)).toEqual({ name: browser, use: { browserName: browser } })
  expect(project('firefox', false).use).toMatchObject({ channel: 'moz-firefox' })
  expect(project('webkit', false).use).toEqual({ overWebDriver: true })
})
