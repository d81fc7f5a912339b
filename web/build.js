import { cp, mkdir, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const from = (path) => fileURLToPath(new URL(path, import.meta.url))
const out = from('dist/')

await rm(out, { recursive: true, force: true })
await mkdir(out)
await build({
  entryPoints: [from('src/main.ts')],
  outdir: out,
  bundle: true,
  format: 'esm',
  minify: true,
  splitting: true,
  sourcemap: true,
  target: ['chrome123', 'firefox128', 'safari17.5'],
  logLevel: 'warning',
})
await cp(from('src/index.html'), `${out}index.html`)
await cp(from('src/icon.svg'), `${out}icon.svg`)
// The client looks for its modules beside the scripts that it was bundled into.
for (const wasm of ['authfetch.wasm', 'oauth.wasm'])
  await cp(fileURLToPath(import.meta.resolve(`authfetch/${wasm}`)), `${out}${wasm}`)
