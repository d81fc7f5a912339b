// The build of a project without a bundler: copies files of the package beside its
// own, and fills the hashes in that `integrity.json` gives. Called in the project's
// folder, with the folder to build into.
import { copyFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const out = process.argv[2] ?? 'dist'
const require = createRequire(import.meta.url)
const integrity = require('authfetch/integrity.json')
const fill = (text) => text.replace(/{{(.+?)}}/g, (_, name) => integrity[name])

rmSync(out, { recursive: true, force: true })
cpSync('src', out, { recursive: true })
writeFileSync(`${out}/index.html`, fill(readFileSync('src/index.html', 'utf8')))
for (const name of Object.keys(integrity))
  copyFileSync(require.resolve('authfetch/authfetch.wasm').replace('authfetch.wasm', name), `${out}/${name}`)
