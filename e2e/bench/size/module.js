// Where the bytes of a WebAssembly module are: its functions by Go package, and the
// sections that are not code. The module must have kept the names of its functions.
// https://webassembly.github.io/spec/core/binary/modules.html
import { brotli } from '../../../js/budget.js'

const IMPORT = 2
const CODE = 10
const DATA = 11
const CUSTOM = 0
const FUNCTION_NAMES = 1

class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  byte() {
    return this.bytes[this.at++]
  }

  /** LEB128, of 32 bits at most. */
  number() {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte()
      value |= (byte & 127) << shift
      if (byte < 128) return value >>> 0
    }
  }

  take(length) {
    return this.bytes.subarray(this.at, (this.at += length))
  }

  text() {
    return this.take(this.number()).toString('utf8')
  }
}

function* sectionsOf(bytes) {
  const reader = new Reader(bytes, 8)
  while (reader.at < bytes.length) {
    const id = reader.byte()
    yield { id, bytes: reader.take(reader.number()) }
  }
}

function importedFunctions(bytes) {
  const reader = new Reader(bytes)
  let functions = 0
  for (let count = reader.number(); count > 0; count--) {
    reader.text()
    reader.text()
    // Go and TinyGo import functions alone.
    if (reader.byte() !== 0) throw new Error('an import that is no function')
    reader.number()
    functions++
  }
  return functions
}

function functionNames(bytes) {
  const reader = new Reader(bytes)
  const names = new Map()
  if (reader.text() !== 'name') return names
  while (reader.at < bytes.length) {
    const id = reader.byte()
    const end = reader.number() + reader.at
    if (id === FUNCTION_NAMES)
      for (let count = reader.number(); count > 0; count--) names.set(reader.number(), reader.text())
    reader.at = end
  }
  return names
}

/** The functions of a module: `{ name, bytes }`, bytes being a view of its code. */
export function functionsOf(module) {
  let imported = 0
  let names = new Map()
  const functions = []
  for (const { id, bytes } of sectionsOf(module)) {
    if (id === IMPORT) imported = importedFunctions(bytes)
    if (id === CODE) {
      const reader = new Reader(bytes)
      for (let count = reader.number(); count > 0; count--) functions.push(reader.take(reader.number()))
    }
    if (id === CUSTOM) names = new Map([...names, ...functionNames(bytes)])
  }
  return functions.map((bytes, index) => ({ name: names.get(index + imported) ?? '?', bytes }))
}

/** The package that a function's name says it is of. Go and TinyGo name alike. */
export function packageOf(name) {
  if (/^[(*]*(interface:|struct\{)/.test(name)) return "(calls of interfaces' methods)"
  const plain = name.replace(/^[(*]+/, '').replace(/\[.*/, '')
  if (/\.command_export$/.test(name)) return 'runtime'
  const dot = plain.indexOf('.', plain.lastIndexOf('/') + 1)
  if (dot < 0) return '(C library, helpers of the compiler)'
  return plain
    .slice(0, dot)
    .replace(/^main$/, 'authfetch/wasm')
    .replace('github.com/authfetch/authfetch/', 'authfetch/')
}

/**
 * Rows `{ name, raw, brotli }`, largest first. What one package weighs compressed is
 * an estimate: by how much the module shrinks without it, so scaled that all sum up.
 */
export function modulePackages(named) {
  const parts = new Map()
  const put = (name, bytes) => parts.set(name, [...(parts.get(name) ?? []), bytes])
  for (const { name, bytes } of functionsOf(named)) put(packageOf(name), bytes)
  for (const { id, bytes } of sectionsOf(named)) {
    if (id === DATA) put('(data: texts, types, tables)', bytes)
    else if (id !== CODE && id !== CUSTOM) put('(imports, exports, signatures)', bytes)
  }
  const without = (left) =>
    brotli(Buffer.concat([...parts].flatMap(([name, all]) => (name === left ? [] : all))), 9)
  const whole = without(undefined)
  const rows = [...parts].map(([name, all]) => ({
    name,
    raw: all.reduce((sum, bytes) => sum + bytes.length, 0),
    brotli: whole - without(name),
  }))
  return rows.sort((a, b) => b.raw - a.raw)
}

/** The rows with their compressed sizes scaled to a total. */
export function scaled(rows, total) {
  const sum = rows.reduce((all, row) => all + row.brotli, 0)
  return rows.map((row) => ({ ...row, brotli: Math.round((row.brotli * total) / sum) }))
}
