// Where the bytes of the package are, and what an application would load instead.
// FUNCTIONS=40 adds the largest functions of the module.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compiler, sizes } from '../../../js/budget.js'
import { weights } from '../peers.js'
import { functionsOf, modulePackages, packageOf, scaled } from './module.js'

const js = fileURLToPath(new URL('../../../js', import.meta.url))

const rows = (table) => {
  const width = Math.max(...table.map(([name]) => name.length))
  for (const [name, ...numbers] of table)
    console.log('  ' + name.padEnd(width) + numbers.map((n) => String(n).padStart(10)).join(''))
}
const sum = (list, key) => list.reduce((all, one) => all + one[key], 0)

const dist = join(js, 'dist')
const shipped = sizes(dist)
const budgets = JSON.parse(readFileSync(join(js, 'budget.json'), 'utf8'))[compiler(dist)]
console.log(
  `\nWhat is downloaded: bytes, brotli, budget (${readFileSync(join(dist, 'toolchain.txt'), 'utf8').trim()})\n`,
)
rows(
  Object.entries(shipped).map(([file, size]) => {
    const raw = file.includes('+') ? '' : readFileSync(join(dist, file)).length
    return [file, raw, size, budgets[file] ?? 'none']
  }),
)

// A second build, which differs only in keeping what tells where its bytes are from.
const place = mkdtempSync(join(tmpdir(), 'authfetch-size-'))
const named = join(place, 'dist')
const inputsFile = join(place, 'inputs.json') // not in the build, which removes what is none of its own
try {
  execFileSync(process.execPath, ['build.js'], {
    cwd: js,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      AUTHFETCH_DIST: relative(js, named),
      AUTHFETCH_METAFILE: inputsFile,
      TINYGO_BUILD_NAMES: '1',
    },
  })
  const module = readFileSync(join(named, 'authfetch.wasm'))

  console.log('\nThe module, by Go package: bytes, brotli (by what the module shrinks without it, scaled)\n')
  const packages = scaled(modulePackages(module), shipped['authfetch.wasm'])
  rows(
    [...packages, { name: 'in all', raw: sum(packages, 'raw'), brotli: sum(packages, 'brotli') }].map(
      Object.values,
    ),
  )

  const many = Number(process.env.FUNCTIONS ?? 0)
  if (many > 0) {
    console.log(`\nIts ${many} largest functions: bytes\n`)
    const functions = functionsOf(module).sort((a, b) => b.bytes.length - a.bytes.length)
    const short = (name) => name.replace(/[\w.-]+\//g, '') // each is in the package that stands before it
    rows(
      functions.slice(0, many).map(({ name, bytes }) => [`${packageOf(name)}  ${short(name)}`, bytes.length]),
    )
  }

  console.log('\nauthfetch.js, by source: bytes, brotli (in proportion)\n')
  const { outputs } = JSON.parse(readFileSync(inputsFile, 'utf8'))
  const script = Object.entries(outputs).find(([file]) => file.endsWith('/authfetch.js'))[1]
  const share = shipped['authfetch.js'] / script.bytes
  const used = Object.entries(script.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  const inputs = used.map(([file, { bytesInOutput }]) => ({
    name: file === 'go:wasm_exec.js' ? "wasm_exec.js, the compiler's" : file,
    raw: bytesInOutput,
  }))
  inputs.push({ name: '(joints)', raw: script.bytes - sum(inputs, 'raw') })
  rows(inputs.sort((a, b) => b.raw - a.raw).map(({ name, raw }) => [name, raw, Math.round(raw * share)]))
} finally {
  rmSync(place, { recursive: true })
}

console.log(
  '\nBeside others, bundled with the same settings: bytes, brotli, this package as a multiple of it\n',
)
const others = await weights()
const ours = shipped['authfetch.wasm + authfetch.js']
rows(others.map(({ name, raw, brotli }) => [name, raw, brotli, `${(ours / brotli).toFixed(2)} x`]))
