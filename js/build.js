// Builds the package into dist/: the Go module, the JavaScript around it, and
// the types. AUTHFETCH_TINYGO names a tinygo-build (.ci/tinygo); without it Go's
// own compiler builds the module.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

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
// Written beside and then renamed, so that nobody serves half a file.
const wasm = join(dist, 'authfetch.wasm')
// Names are for `make size`. TinyGo's build keeps them for TINYGO_BUILD_NAMES.
const stripped = process.env.TINYGO_BUILD_NAMES ? [] : ['-ldflags=-s -w']
if (tinygo) run(tinygo, ['-o', `${wasm}.new`, '../wasm'])
else
  run('go', ['build', '-trimpath', ...stripped, '-o', `${wasm}.new`, '../wasm'], {
    GOOS: 'js',
    GOARCH: 'wasm',
  })
renameSync(`${wasm}.new`, wasm)
const wasmExec = tinygo
  ? run(tinygo, ['--wasm-exec'])
  : join(run('go', ['env', 'GOROOT']), 'lib/wasm/wasm_exec.js')

/** The toolchain's wasm_exec.js as a module that is given its globals, and sets none. */
const runtime = {
  name: 'wasm_exec',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^authfetch:wasm_exec$/ }, () => ({ path: wasmExec, namespace: 'wasm_exec' }))
    onLoad({ filter: /./, namespace: 'wasm_exec' }, () => ({
      contents: `/*! The Go runtime. Copyright The Go Authors. BSD-style license, https://go.dev/LICENSE */
export function loadRuntime(globalThis, setTimeout, console) {
  const global = globalThis, window = undefined, self = undefined, require = undefined, module = undefined
  const fs = { writeSync: (_, bytes) => bytes.length }
${readFileSync(wasmExec, 'utf8')}
  return globalThis.Go
}`,
    }))
  },
}

/**
 * What the package exports, each a file of its own in dist/ without a shared part:
 * what one of them needs of another it is handed.
 */
const entries = {
  authfetch: 'src/index.ts',
}

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
run('node', [
  'node_modules/typescript/bin/tsc',
  '-p',
  'tsconfig.json',
  '--emitDeclarationOnly',
  '--outDir',
  dist,
])
for (const page of ['README.md', 'CHANGELOG.md', 'LICENSE'])
  try {
    copyFileSync(join(here, '..', page), join(here, page))
  } catch {}
writeFileSync(
  join(dist, 'toolchain.txt'),
  `${tinygo ? run(tinygo, ['--version']) : run('go', ['version'])}\n`,
)
