// The page on guarantees names the test that shows each of them. It is not to
// outlive them.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (path) => readFileSync(root + path, 'utf8')
const rows = [...read('js/docs/guarantees.md').matchAll(/^\|(.*)\|(.*)\|(.*)\|$/gm)].slice(2)
const namesIn = (text) => [...text.matchAll(/`([^`]+)`|"([^"]+)"/g)].map(([, code, quoted]) => code ?? quoted)

test('each guarantee is shown by tests and invariants that exist', () => {
  const go = readdirSync(`${root}wasm/internal`, { recursive: true })
    .filter((file) => file.endsWith('_test.go'))
    .map((file) => read(`wasm/internal/${file}`))
    .join()
  const invariants = new Set(
    [...read('wasm/internal/sim/invariants.go').matchAll(/fail\(\S+, "([^"]+)"/g)].map(([, name]) => name),
  )
  assert.ok(rows.length > 25, `${rows.length} rows`)
  for (const [, pain, , shown] of rows) {
    const names = namesIn(shown)
    assert.ok(names.length > 0, `nothing shows: ${pain}`)
    for (const name of names) {
      const exists = /^(Test|Fuzz)[A-Z]\w*$/.test(name)
        ? new RegExp(`^func ${name}\\(`, 'm').test(go)
        : name.includes('/')
          ? ['', '.spec.ts'].some((end) => existsSync(root + name + end))
          : invariants.has(name)
      assert.ok(exists, `${name} is no test, file or invariant: ${pain}`)
    }
  }
})

test('each invariant of the simulator is a guarantee', () => {
  const text = read('js/docs/guarantees.md')
  // These judge the simulator itself, or a part of another one.
  const internal = ['known tokens', 'tabs agree']
  for (const [, name] of read('wasm/internal/sim/invariants.go').matchAll(/fail\(\S+, "([^"]+)"/g))
    assert.ok(internal.includes(name) || text.includes(`"${name}"`), `"${name}" is nowhere in the page`)
})

test('the page counts the deliberate faults as they are', () => {
  const source = read('wasm/internal/sim/faults_test.go')
  const around = source.match(/^\t\t\{"[^"]+", func\(c \*session\.Config\)/gm).length
  const inside = source.slice(source.indexOf('var mutations')).match(/^\t\{$/gm).length
  assert.ok(read('js/docs/guarantees.md').includes(`${around + inside} in all`), `${around + inside}`)
})
