import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const root = new URL('../../', import.meta.url)
const readme = readFileSync(new URL('README.md', root), 'utf8')

test("the README's recipes are the files that the tests run", () => {
  const recipes = [...readme.matchAll(/<!-- (e2e\/\S+) -->\n\n```ts\n(.*?)\n```/gs)]
  assert.equal(recipes.length, 5)
  for (const [, path, code] of recipes)
    assert.equal(code, readFileSync(new URL(path, root), 'utf8').trimEnd(), path)
})

test("the README's links lead somewhere", () => {
  const headings = new Set(
    [...readme.matchAll(/^#+ (.*)$/gm)].map(([, title]) => title.toLowerCase().replace(/[^\w]+/g, '-')),
  )
  for (const [, target] of readme.matchAll(/\]\(([^)]+)\)/g)) {
    if (target.startsWith('#')) assert.ok(headings.has(target.slice(1)), target)
    else if (!/^https:/.test(target)) assert.ok(existsSync(new URL(target, root)), target)
  }
})
