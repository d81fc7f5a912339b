// Compiles a Go program to a WebAssembly module, unless this machine has compiled the
// same sources with the same compiler before: some take TinyGo half a minute.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const cacheRoot =
  process.env.AUTHFETCH_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'authfetch')
const cache = join(cacheRoot, 'modules')
/** What nobody has asked for in this time is thrown away, in milliseconds. */
const kept = 7 * 24 * 60 * 60 * 1000

const target = { GOOS: 'js', GOARCH: 'wasm' }

/**
 * Compiles the program in the folder `source` to the file `wasm`, with the
 * tinygo-build (.ci/tinygo) or, where that is undefined, with Go's own compiler.
 * `names` keeps the names of functions.
 */
export function compileModule({ source, wasm, tinygo, names, cwd }) {
  const run = (command, args, env = {}) =>
    execFileSync(command, args, {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    }).trim()
  const compiler = tinygo ? `${tinygo} ${run(tinygo, ['--version'])}` : run('go', ['version'])
  const list = [
    'list',
    '-deps',
    '-f',
    '{{if not .Standard}}{{.Dir}}{{end}}',
    ...(tinygo ? ['-tags=tinygo'] : []),
  ]
  const folders = run('go', [...list, source], target).split('\n')
  const known = join(cache, `${keyOf([compiler, String(names), source], folders)}.wasm`)
  // Written beside and then renamed, so that nobody finds half a file.
  const place = (file, make) => {
    make(`${file}.${process.pid}`)
    renameSync(`${file}.${process.pid}`, file)
  }
  if (!existsSync(known)) {
    mkdirSync(cache, { recursive: true })
    sweep()
    place(known, (file) =>
      tinygo
        ? run(tinygo, ['-o', file, source])
        : run('go', ['build', '-trimpath', ...(names ? [] : ['-ldflags=-s -w']), '-o', file, source], target),
    )
  }
  const now = new Date()
  utimesSync(known, now, now)
  place(wasm, (file) => copyFileSync(known, file))
}

/** What tells programs apart: the compiler, and every Go file that goes into them. */
function keyOf(texts, folders) {
  const hash = createHash('sha256').update(JSON.stringify(texts))
  for (const folder of folders)
    for (const name of readdirSync(folder).sort())
      if (name.endsWith('.go') && !name.endsWith('_test.go'))
        hash.update(JSON.stringify([name, readFileSync(join(folder, name), 'utf8')]))
  return hash.digest('hex').slice(0, 32)
}

function sweep() {
  for (const name of readdirSync(cache)) {
    const file = join(cache, name)
    if (statSync(file, { throwIfNoEntry: false })?.mtimeMs < Date.now() - kept) rmSync(file, { force: true })
  }
}
