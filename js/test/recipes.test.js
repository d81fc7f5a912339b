import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'node:test'

const root = new URL('../../', import.meta.url)
const docs = new URL('js/docs/', root)

test('the code of the pages that names a file is the code that the tests run', () => {
  let count = 0
  for (const page of readdirSync(docs).filter((name) => name.endsWith('.md')))
    for (const [, path, code] of readFileSync(new URL(page, docs), 'utf8').matchAll(
      /<!-- (e2e\/\S+) -->\n\n```tsx?\n(.*?)\n```/gs,
    )) {
      assert.equal(code, readFileSync(new URL(path, root), 'utf8').trimEnd(), `${page}: ${path}`)
      count++
    }
  assert.ok(count >= 13, `${count} pieces of code`)
})
