// Builds the package into dist/: the Go module, the JavaScript around it, and
// the types. AUTHFETCH_TINYGO names a tinygo-build (.ci/tinygo); without it Go's
// own compiler builds the module.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import ts from 'typescript'
import { glue } from './glue.js'
import { compileModule } from './go-module.js'

const here = dirname(fileURLToPath(import.meta.url))
const dist = join(here, process.env.AUTHFETCH_DIST ?? 'dist')
const tinygo = process.env.AUTHFETCH_TINYGO
const run = (command, args, env = {}) =>
  execFileSync(command, args, {
    cwd: here,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  }).trim()

mkdirSync(dist, { recursive: true })
const wasm = join(dist, 'authfetch.wasm')
const wasmExec = tinygo
  ? run(tinygo, ['--wasm-exec'])
  : join(run('go', ['env', 'GOROOT']), 'lib/wasm/wasm_exec.js')

/** The toolchain's wasm_exec.js as a module that is given its globals, and sets none. */
const runtime = {
  name: 'wasm_exec',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^authfetch:wasm_exec$/ }, () => ({ path: 'wasm_exec.js', namespace: 'go' }))
    onLoad({ filter: /./, namespace: 'go' }, () => ({
      contents: `/*! The Go runtime. Copyright The Go Authors. BSD-style license, https://go.dev/LICENSE */
export function loadRuntime(globalThis, setTimeout, console) {
  const global = globalThis, window = undefined, self = undefined, require = undefined, module = undefined
  const fs = { writeSync: (_, bytes) => bytes.length }
${tinygo ? glue(wasmExec, modules) : readFileSync(wasmExec, 'utf8')}
  return globalThis.Go
}`,
    }))
  },
}

/** Has the module inside the script, for servers. */
const embed = {
  name: 'embed',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/beside\.js$/ }, () => ({ path: join(here, 'src/embedded.ts') }))
    onResolve({ filter: /^authfetch:base64$/ }, () => ({ path: wasm, namespace: 'base64' }))
    onLoad({ filter: /./, namespace: 'base64' }, () => ({ contents: readFileSync(wasm), loader: 'base64' }))
  },
}

/**
 * What the package exports, each a file of its own in dist/ without a shared part:
 * what one of them needs of another it is handed.
 */
const entries = {
  authfetch: 'src/index.ts',
  'service-worker': 'src/worker/service-worker.ts',
  axios: 'src/adapters/axios.ts',
  dpop: 'src/dpop.ts',
  oauth: 'src/oauth.ts',
  playwright: 'src/adapters/playwright.ts',
  react: 'src/adapters/react.ts',
  verify: 'src/verify.ts',
  vue: 'src/adapters/vue.ts',
  debug: 'src/debug.ts',
  devtools: 'src/devtools/index.ts',
}

/** The Go programs, each a module of its own in dist/. */
const programs = { authfetch: '../wasm', oauth: '../wasm/oauth', verify: '../wasm/verify' }
const modules = Object.entries(programs).map(([name, source]) => {
  const file = join(dist, `${name}.wasm`)
  // Names are for `make size`. TinyGo's build keeps them for TINYGO_BUILD_NAMES.
  compileModule({ source, wasm: file, tinygo, names: Boolean(process.env.TINYGO_BUILD_NAMES), cwd: here })
  return file
})

/** Leaves `import('./NAME.js')` of another entry to the application's bundler, or to the browser. */
const lazy = {
  name: 'lazy',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path: `./${basename(path)}`, external: true } : undefined,
    )
  },
}

const common = {
  bundle: true,
  packages: 'external', // React, Vue and the like are the application's own
  minify: true,
  target: 'es2022',
  sourcemap: true,
  plugins: [runtime, lazy],
  legalComments: 'inline',
  absWorkingDir: here,
}
const { metafile } = await build({
  ...common,
  entryPoints: entries,
  format: 'esm',
  outdir: dist,
  metafile: true,
})
// For `make size`: how much of each source is in what was built.
if (process.env.AUTHFETCH_METAFILE) writeFileSync(process.env.AUTHFETCH_METAFILE, JSON.stringify(metafile))
await build({
  ...common,
  entryPoints: [entries.authfetch],
  format: 'iife',
  globalName: 'authfetch',
  // A classic script has no import.meta; its own address is known while it first runs.
  define: { 'import.meta.url': 'authfetchScript' },
  banner: { js: 'var authfetchScript=document.currentScript&&document.currentScript.src||document.baseURI;' },
  outfile: join(dist, 'authfetch.global.js'),
})
await build({
  ...common,
  entryPoints: [entries.authfetch],
  format: 'esm',
  plugins: [embed, ...common.plugins],
  outfile: join(dist, 'authfetch.node.js'),
})
for (const project of ['tsconfig.json', 'tsconfig.node.json'])
  run('node', ['node_modules/typescript/bin/tsc', '-p', project, '--emitDeclarationOnly', '--outDir', dist])
/** The declarations that an entry's declarations import, and their imports in turn. */
function declarationsOf(file, found = new Set()) {
  if (found.has(file)) return found
  found.add(file)
  for (const { fileName } of ts.preProcessFile(readFileSync(file, 'utf8')).importedFiles)
    if (fileName.startsWith('.'))
      declarationsOf(join(dirname(file), fileName.replace(/\.js$/, '.d.ts')), found)
  return found
}
// What authfetch.js loads by itself has no declarations of its own.
const internal = ['debug', 'dpop', 'oauth', 'verify']
const exported = Object.entries(entries).filter(([name]) => !internal.includes(name))
const declared = exported.map(([, source]) => join(dist, relative('src', source).replace(/\.tsx?$/, '.d.ts')))
// What a page's script tag gives: `/// <reference types="authfetch/global" />` tells TypeScript.
const globalTypes = join(dist, 'authfetch.global.d.ts')
writeFileSync(
  globalTypes,
  `import * as module from './index.js'\ndeclare global {\n  var authfetch: typeof module\n}\n`,
)
const loaded = [...Object.keys(entries), 'authfetch.global'].map((name) => join(dist, `${name}.js`))
const scripts = [...loaded, join(dist, 'authfetch.node.js')]

// Subresource Integrity (https://w3c.github.io/webappsec-subresource-integrity/) of what a page loads.
const integrity = Object.fromEntries(
  [...modules, ...loaded].map((file) => [
    relative(dist, file),
    `sha384-${createHash('sha384').update(readFileSync(file)).digest('base64')}`,
  ]),
)
const integrityFile = join(dist, 'integrity.json')
writeFileSync(integrityFile, `${JSON.stringify(integrity, null, 2)}\n`)

const written = new Set([...modules, integrityFile, ...scripts, ...scripts.map((script) => `${script}.map`)])
for (const file of [globalTypes, ...declared]) declarationsOf(file, written)
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true }))
  if (entry.isFile() && !written.has(join(entry.parentPath, entry.name)))
    rmSync(join(entry.parentPath, entry.name))
for (const entry of readdirSync(dist, { withFileTypes: true }))
  if (
    entry.isDirectory() &&
    !readdirSync(join(dist, entry.name), { recursive: true }).some((name) => /\./.test(name))
  )
    rmSync(join(dist, entry.name), { recursive: true })

for (const page of ['CHANGELOG.md', 'LICENSE']) copyFileSync(join(here, '..', page), join(here, page))
// In the package the pages of js/docs are in docs, and what is not packed is no link.
writeFileSync(
  join(here, 'README.md'),
  readFileSync(join(here, '../README.md'), 'utf8')
    .replaceAll('](js/docs/', '](docs/')
    .replace(/\[([^\]]+)\]\((?!https?:|#|docs\/|CHANGELOG\.md|LICENSE)[^)]*\)/g, '$1'),
)

writeFileSync(
  join(dist, 'toolchain.txt'),
  `${tinygo ? run(tinygo, ['--version']) : run('go', ['version'])}\n`,
)
for (const [name, hash] of Object.entries(integrity)) console.log(`${hash}  ${name}`)
