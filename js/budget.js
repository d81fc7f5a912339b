// What an application downloads, and the most that it may be. Run after a build, it
// fails when a file has grown beyond its line of budget.json, and when a file that
// is downloaded has no line there.
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'

const here = dirname(fileURLToPath(import.meta.url))
const TOGETHER = 'authfetch.wasm + authfetch.js'

/** Bytes as a server that compresses ahead of time sends them. */
export function brotli(bytes, quality = 11) {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: quality,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  }
  return brotliCompressSync(bytes, { params }).length
}

/** The sizes of what a build in `dist` has for downloading, by file. */
export function sizes(dist) {
  // A server's script has the module inside, and no page downloads it.
  const files = readdirSync(dist, { recursive: true }).filter((file) => /(?<!\.node)\.(js|wasm)$/.test(file))
  const found = Object.fromEntries(files.sort().map((file) => [file, brotli(readFileSync(join(dist, file)))]))
  return { ...found, [TOGETHER]: found['authfetch.wasm'] + found['authfetch.js'] }
}

/** What is wrong with sizes under a budget, in sentences; none when all is well. */
export function overruns(sizes, budget) {
  const wrong = []
  for (const [file, size] of Object.entries(sizes)) {
    const most = budget[file]
    if (most === undefined)
      wrong.push(`${file} has no line: it is ${size} bytes (or it is left from an earlier build: make clean)`)
    else if (!(size <= most)) wrong.push(`${file} is ${size} bytes, ${size - most} more than its ${most}`)
  }
  for (const file in budget) if (!(file in sizes)) wrong.push(`${file} has a line, but is not built`)
  return wrong
}

/** Which line of budgets a build in `dist` falls under. */
export function compiler(dist) {
  return readFileSync(join(dist, 'toolchain.txt'), 'utf8').startsWith('tinygo') ? 'tinygo' : 'go'
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const dist = join(here, process.env.AUTHFETCH_DIST ?? 'dist')
  const budgets = JSON.parse(readFileSync(join(here, 'budget.json'), 'utf8'))
  const wrong = overruns(sizes(dist), budgets[compiler(dist)])
  if (wrong.length > 0) {
    console.error(`\n*** TOO LARGE (js/budget.json, ${compiler(dist)}; bytes after brotli at its best) ***`)
    for (const sentence of wrong) console.error(`  ${sentence}`)
    console.error(
      `\n\`make size\` shows where the bytes are. What is worth its bytes gets a higher number in\njs/budget.json, in the commit that spends them, which says what they buy.\n`,
    )
    process.exit(1)
  }
}
