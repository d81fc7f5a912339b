// What the build leaves out of wasm_exec.js.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { glue } from '../glue.js'

const folder = mkdtempSync(join(tmpdir(), 'glue-'))
after(() => rmSync(folder, { recursive: true }))

/** A module that imports one function, named `name`, from `gojs`. */
function importing(name) {
  const text = (value) => [value.length, ...Buffer.from(value)]
  const imports = [1, ...text('gojs'), ...text(name), 0, 0]
  const file = join(folder, `${name}.wasm`)
  const type = [1, 4, 1, 0x60, 0, 0]
  writeFileSync(file, Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...type, 2, imports.length, ...imports]))
  return file
}

const wasmExec = join(folder, 'wasm_exec.js')
writeFileSync(
  wasmExec,
  `
  if (!globalThis.fs) { globalThis.fs = { open() {} } }
  const unbox = (v) => v
  globalThis.Go = class { constructor() { this.importObject = {
    wasi_snapshot_preview1: { fd_read: () => 52, random_get: (a, b) => 0, },
    gojs: { "get": (v) => unbox(v), // of an object
      "set": (v) => { if (!globalThis.exited) unbox(v) } } } } }`,
)

function offered(...names) {
  const scope = {}
  new Function('globalThis', glue(wasmExec, names.map(importing)))(scope)
  const { wasi_snapshot_preview1: wasi, gojs } = new scope.Go().importObject
  return { names: [...Object.keys(wasi), ...Object.keys(gojs)], fs: 'fs' in scope }
}

test('what a module imports is offered, and nothing else', () => {
  assert.deepEqual(offered('get'), { names: ['get'], fs: false })
  assert.deepEqual(offered('random_get'), { names: ['random_get'], fs: false })
})

test('what one of several modules imports is there for all', () => {
  assert.deepEqual(offered('set', 'random_get').names, ['random_get', 'set'])
})

test('a wasm_exec.js that is written otherwise fails the build', () => {
  assert.throws(() => offered('get', 'invoke'), /expected a function for each import.*found none for invoke/)
})
