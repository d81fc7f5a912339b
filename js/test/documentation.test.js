import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { compile, resolutions } from './compile.js'
import { codeOf, deadLinks, packed, repository } from './documentation.js'

const js = fileURLToPath(new URL('..', import.meta.url))
const { pages } = repository()

test('code that names a file is the code that the tests run', () => {
  let count = 0
  for (const [page, text] of pages)
    for (const { file, code } of codeOf(text)) {
      if (!file) continue
      count++
      assert.equal(code, readFileSync(join(js, '..', file), 'utf8'), `${page}: ${file}`)
    }
  assert.ok(count >= 18, `${count} pieces`)
})

test('every link leads somewhere, in the repository and in the package', () => {
  assert.deepEqual(deadLinks(repository()), [])
  assert.deepEqual(deadLinks(packed()), [])
})

test('links that lead nowhere are found', () => {
  const text = [
    '# One, two',
    '[a](#one-two) [b](#three) [c](other.md) [d](other.md#two) [e](gone.md) [f](../../x.md) [g](other.md#three)',
    '[h](http://insecure.example) [i](https://fine.example/x) `[j](gone.md)` [k](file.js)',
    '```md\n[l](gone.md)\n```',
  ].join('\n')
  const pages = new Map([
    ['docs/one.md', text],
    ['docs/other.md', '## Two'],
  ])
  assert.deepEqual(
    deadLinks({ pages, exists: (path) => path === 'docs/file.js' }).map((dead) =>
      dead.replace('docs/one.md: ', ''),
    ),
    ['#three', 'gone.md', '../../x.md', 'other.md#three', 'http://insecure.example'],
  )
})

test('every page is in the index', () => {
  const index = pages.get('js/docs/README.md')
  for (const page of pages.keys()) {
    const path = page.replace('js/docs/', '')
    // The reference has an index of its own.
    if (page === 'README.md' || path === 'README.md' || /^api\/./.test(path)) continue
    assert.ok(index.includes(`](${path})`), `js/docs/README.md has no line for ${path}`)
  }
  assert.ok(index.includes('](api/README.md)'))
})

/**
 * What the applications have that the pages' pieces of code are taken from. A piece
 * that declares one of these itself has its own.
 */
const surroundings = `
  import type { Auth } from 'authfetch'
  declare global {
    const auth: Auth
    const username: string
    const password: string
    const file: File
    const bytes: ArrayBuffer
    const response: Response
    const process: { env: Record<string, string | undefined> }
    const socket: WebSocket
    const store: { read(key: string): Promise<string | null>; write(key: string, value: string): Promise<void>; delete(key: string): Promise<void> }
    function message(text: string): void
    function show(claims: unknown): void
    function askAgain(): Promise<{ username: string; password: string }>
  }`

/** Code as a file of its own: a page may show an option by itself. */
const whole = (code) =>
  /^\w+: /.test(code) ? `import { createAuth } from 'authfetch'\ncreateAuth({\n${code}})` : imported(code)

/** Pieces that only show a call leave the import out. */
function imported(code) {
  const missing = ['createAuth'].filter((name) => code.includes(`${name}(`) && !/from 'authfetch'/.test(code))
  return missing.length ? `import { ${missing} } from 'authfetch'\n${code}` : `${code}\nexport {}`
}

test('the code of the pages compiles under strict TypeScript', () => {
  const files = new Map([[join(js, 'docs/surroundings.d.ts'), surroundings]])
  let count = 0
  for (const [page, text] of pages)
    for (const { file, language, code, line } of codeOf(text)) {
      // What is a file is compiled where that is.
      if (file || !['ts', 'tsx', 'js', 'jsx'].includes(language)) continue
      count++
      // Where the code is JavaScript, its grammar is all that can be held against it.
      const path = join(js, 'docs', `${basename(page, '.md')}-line-${line}.${language}`)
      if (language.startsWith('ts')) files.set(path, whole(code))
      else {
        const { diagnostics } = ts.transpileModule(code, { fileName: path, reportDiagnostics: true })
        assert.deepEqual(
          diagnostics.map(({ messageText }) => messageText),
          [],
          path,
        )
      }
    }
  assert.ok(count > 20)
  const options = { ...resolutions.bundler, jsx: ts.JsxEmit.ReactJSX }
  assert.equal(compile(files, options).replaceAll(js, 'js/'), '')
})

test('the API reference is what the types say: make docs', () => {
  const fresh = mkdtempSync(join(tmpdir(), 'authfetch-reference-'))
  try {
    execFileSync(process.execPath, [join(js, 'reference.js'), fresh])
    const read = (folder) =>
      Object.fromEntries(
        readdirSync(folder, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name))
          .sort()
          .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]),
      )
    assert.deepEqual(read(join(js, 'docs/api')), read(fresh), 'run `make docs` and commit what it writes')
  } finally {
    rmSync(fresh, { recursive: true })
  }
})
