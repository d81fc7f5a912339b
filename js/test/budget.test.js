import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { brotli, overruns, sizes } from '../budget.js'

const js = fileURLToPath(new URL('..', import.meta.url))

test('a number that grew, a file without a line and a line without a file are each told', () => {
  const budget = { 'authfetch.wasm': 100, 'authfetch.js': 10 }
  assert.deepEqual(overruns({ 'authfetch.wasm': 100, 'authfetch.js': 9 }, budget), [])
  assert.deepEqual(overruns({ 'authfetch.wasm': 101, 'authfetch.js': 10 }, budget), [
    'authfetch.wasm is 101 bytes, 1 more than its 100',
  ])
  assert.deepEqual(overruns({ 'authfetch.wasm': 100, 'authfetch.js': 10, 'devtools.js': 5 }, budget), [
    'devtools.js has no line: it is 5 bytes (or it is left from an earlier build: make clean)',
  ])
  assert.deepEqual(overruns({ 'authfetch.wasm': 100 }, budget), ['authfetch.js has a line, but is not built'])
  assert.equal(overruns({ 'authfetch.wasm': NaN, 'authfetch.js': 10 }, budget).length, 1)
})

test('what is measured is the built files, compressed, and all of them', () => {
  const found = sizes(join(js, 'dist'))
  const wasm = brotli(readFileSync(join(js, 'dist/authfetch.wasm')))
  const script = brotli(readFileSync(join(js, 'dist/authfetch.js')))
  assert.equal(found['authfetch.wasm + authfetch.js'], wasm + script)
  assert.ok('authfetch.global.js' in found)
})

test('a build that grew beyond the budget fails, and says so', (t) => {
  const place = mkdtempSync(join(tmpdir(), 'authfetch-budget-'))
  t.after(() => rmSync(place, { recursive: true }))
  execFileSync('cp', ['-R', join(js, 'dist'), join(place, 'dist')])
  copyFileSync(join(js, 'budget.js'), join(place, 'budget.js'))
  writeFileSync(join(place, 'package.json'), '{ "type": "module" }')
  const check = (change) => {
    const budgets = JSON.parse(readFileSync(join(js, 'budget.json'), 'utf8'))
    for (const budget of Object.values(budgets)) change(budget)
    writeFileSync(join(place, 'budget.json'), JSON.stringify(budgets))
    return spawnSync(process.execPath, ['budget.js'], { cwd: place, encoding: 'utf8' })
  }
  assert.equal(check(() => {}).status, 0)
  const grown = check((budget) => (budget['authfetch.js'] = 5000))
  assert.equal(grown.status, 1)
  assert.match(grown.stderr, /TOO LARGE[^]*authfetch\.js is \d+ bytes, \d+ more than its 5000/)
})
