// The package as it is published: packed, judged by the tools that its users would
// ask, and installed into an empty project.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { SourceMap } from 'node:module'
import { build } from 'esbuild'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { compile, resolutions } from './compile.js'

const js = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'authfetch-package-'))
after(() => rmSync(folder, { recursive: true }))

const npm = (args, cwd) => execFileSync('npm', args, { cwd, encoding: 'utf8' })
const [packed] = JSON.parse(npm(['pack', '--json', '--pack-destination', folder], js))
const tarball = join(folder, packed.filename)
const files = packed.files.map(({ path }) => path)
const manifest = JSON.parse(readFileSync(join(js, 'package.json'), 'utf8'))

/** An empty project that has installed the tarball, and what it holds then. */
const project = join(folder, 'project')
const installed = join(project, 'node_modules/authfetch')
mkdirSync(project)
writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }')
npm(['install', '--offline', '--no-audit', '--no-fund', '--loglevel=error', tarball], project)

/** Every file that the manifest's exports name, under any condition. */
const targets = (value) => (typeof value === 'string' ? [value] : Object.values(value).flatMap(targets))

test('publint has nothing to remark', async () => {
  const { messages } = await publint({ pkgDir: installed, strict: true, pack: false })
  assert.deepEqual(
    messages.map((message) => formatMessage(message, manifest)),
    [],
  )
})

test('the types are right for every kind of resolution that reads ES modules', async () => {
  const data = new Uint8Array(readFileSync(tarball))
  // What is no script has no types.
  const excludeEntrypoints = [
    './authfetch.wasm',
    './oauth.wasm',
    './verify.wasm',
    './integrity.json',
    './package.json',
  ]
  const result = await checkPackage(createPackageFromTarballData(data), { excludeEntrypoints })
  assert.ok(result.types, 'types are found')
  // The package is ESM only, as attw's profile `esm-only` has it: `require` loads it where Node can
  // require ES modules, and TypeScript's old `node10` resolution reads no exports.
  const problems = result.problems.filter(
    ({ resolutionKind }) => !['node10', 'node16-cjs'].includes(resolutionKind),
  )
  assert.deepEqual(problems, [])
})

test('it holds what is needed and nothing else', () => {
  for (const file of targets(manifest.exports)) assert.ok(files.includes(file.slice(2)), `${file} is missing`)
  const scripts = targets(manifest.exports).filter((file) => file.endsWith('.js'))
  const declared = new Set()
  for (const file of targets(manifest.exports)) if (file.endsWith('.d.ts')) reach(file.slice(2))
  function reach(file) {
    if (declared.has(file)) return
    declared.add(file)
    for (const [, name] of readFileSync(join(js, file), 'utf8').matchAll(
      /(?:from|import\(|import) ?["'](\.[^"']+)["']/g,
    ))
      reach(join(dirname(file), name.replace(/\.js$/, '.d.ts')))
  }
  const wanted = [
    ...['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', 'dist/authfetch.wasm', 'dist/oauth.wasm'],
    'dist/integrity.json',
    // What authfetch.js loads by itself.
    ...['oauth', 'dpop', 'verify', 'debug'].flatMap((name) => [`dist/${name}.js`, `dist/${name}.js.map`]),
    'dist/verify.wasm',
    ...scripts.flatMap((file) => [file.slice(2), `${file.slice(2)}.map`]),
    ...declared,
    ...docs(),
  ]
  assert.deepEqual([...files].sort(), [...new Set(wanted)].sort())
  assert.deepEqual(Object.keys(manifest.dependencies ?? {}), [], 'nothing else is installed with it')
  assert.deepEqual(
    readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.')),
    ['authfetch'],
  )
  // A bundler may leave out whatever is imported without being used, but for what is imported to act.
  assert.deepEqual(manifest.sideEffects, ['./dist/service-worker.js'])
})

function docs() {
  return readdirSync(join(js, 'docs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(js, join(entry.parentPath, entry.name)))
}

test('every script has a source map that leads to whole sources', () => {
  for (const file of files.filter((file) => file.endsWith('.js'))) {
    const code = readFileSync(join(installed, file), 'utf8')
    const [, name] = /\n\/\/# sourceMappingURL=(\S+)\s*$/.exec(code) ?? assert.fail(`${file} names no map`)
    const map = JSON.parse(readFileSync(join(installed, dirname(file), name), 'utf8'))
    assert.equal(map.sources.length, map.sourcesContent.length)
    map.sources.forEach((source, i) => {
      assert.doesNotMatch(source, /^\/|:\//, 'no path of the machine that built it')
      const origin = join(js, 'dist', source)
      if (existsSync(origin)) assert.equal(map.sourcesContent[i], readFileSync(origin, 'utf8'), source)
      else assert.ok(['go:wasm_exec.js', 'base64:authfetch.wasm'].includes(source), source)
    })
  }
  // A position in the code leads to the line that it was made of.
  const code = readFileSync(join(installed, 'dist/authfetch.js'), 'utf8').split('\n')
  const text = 'The wasm module could not be started'
  const line = code.findIndex((line) => line.includes(text))
  const map = JSON.parse(readFileSync(join(installed, 'dist/authfetch.js.map'), 'utf8'))
  const found = new SourceMap(map).findEntry(line, code[line].indexOf(text))
  assert.equal(found.originalSource, '../src/module.ts')
  const source = map.sourcesContent[map.sources.indexOf(found.originalSource)].split('\n')
  assert.match(source[found.originalLine], /The wasm module could not be started/)
})

test('integrity.json has the hash of everything that a page loads', () => {
  const integrity = JSON.parse(readFileSync(join(installed, 'dist/integrity.json'), 'utf8'))
  const loaded = files
    .filter((file) => /(?<!\.node)\.(js|wasm)$/.test(file))
    .map((file) => file.replace('dist/', ''))
  assert.deepEqual(Object.keys(integrity).sort(), loaded.sort())
  for (const [name, hash] of Object.entries(integrity)) {
    const bytes = readFileSync(join(installed, 'dist', name))
    assert.equal(hash, `sha384-${createHash('sha384').update(bytes).digest('base64')}`, name)
  }
})

const application = join(project, 'run.js')
writeFileSync(
  application,
  `import { createAuth, AuthError } from 'authfetch'
  const fetch = async (input, init) => {
    const { url, headers } = new Request(input, init)
    return new URL(url).pathname === '/signin'
      ? Response.json({ access_token: 'one' })
      : new Response(headers.get('authorization'))
  }
  const auth = createAuth({ baseUrl: 'https://api.test', signin: '/signin', fetch })
  await auth.signin({})
  console.log(await (await auth.fetch('/me')).text(), new AuthError('closed', '').code)
  auth.close()`,
)
const run = (script) => execFileSync(process.execPath, [script], { encoding: 'utf8', cwd: dirname(script) })

test('it runs in Node, from the folder that it was installed into', () => {
  assert.equal(run(application), 'Bearer one closed\n')
})

test('it runs in Node as one file, with nothing beside it, as a server that was bundled does', async () => {
  const outfile = join(folder, 'alone', 'server.mjs')
  await build({ entryPoints: [application], bundle: true, platform: 'node', format: 'esm', outfile })
  assert.deepEqual(readdirSync(dirname(outfile)), ['server.mjs'])
  assert.equal(run(outfile), 'Bearer one closed\n')
})

test('it compiles under strict TypeScript, whatever resolves modules', () => {
  const application = `/// <reference types="authfetch/global" />
    import { AuthError, configure, createAuth, fetch, type Auth, type AuthOptions, type Session } from 'authfetch'
    const options: AuthOptions = { signin: { url: '/login', body: 'form' }, refresh: false, storage: 'memory' }
    const auth: Auth = createAuth(options)
    export const send: typeof globalThis.fetch = auth.fetch
    export const session: Promise<Session | null> = auth.getSession()
    export const other: Auth = window.authfetch.createAuth({ name: 'other' })
    configure({})
    try {
      await fetch('/me', { auth: { forceRefresh: true } })
    } catch (error) {
      if (error instanceof AuthError && error.code === 'refresh_failed') console.log(error.status?.toFixed())
    }
    // @ts-expect-error: a wrong option is found
    createAuth({ refreshBefore: 'soon' })`
  for (const [name, options] of Object.entries(resolutions))
    assert.equal(compile(new Map([[join(project, 'application.ts'), application]]), options), '', name)
})

test('whatever is optional may be undefined, also under exactOptionalPropertyTypes', () => {
  // Those of `tokens` and `storage.keys` may not: they name what is looked for.
  const application = `
    import type {
      AuthErrorFields, AuthOptions, AuthRequestInit, EndpointObject, GetTokenOptions, OAuthOptions, RequestAuth,
      RetryOptions, SigninPopupOptions, SigninRedirectOptions, SignoutOptions, Tokens, VerifyOptions,
    } from 'authfetch'
    import type { DevtoolsOptions } from 'authfetch/devtools'
    import type { AuthTestOptions } from 'authfetch/playwright'
    import type { GuardOptions } from 'authfetch/vue'

    /** The optional members that undefined cannot be given to. */
    type Exact<T> = {
      [Name in keyof T]-?: {} extends Pick<T, Name>
        ? { [Only in Name]: undefined } extends Pick<T, Name> ? never : Name
        : never
    }[keyof T]
    type None<T extends never> = T
    export type Checked = [
      None<Exact<AuthErrorFields>>, None<Exact<AuthOptions>>, None<Exact<EndpointObject>>,
      None<Exact<GetTokenOptions>>, None<Exact<OAuthOptions>>, None<Exact<RequestAuth>>,
      None<Exact<RetryOptions>>, None<Exact<SigninPopupOptions>>, None<Exact<SigninRedirectOptions>>,
      None<Exact<SignoutOptions>>, None<Exact<VerifyOptions>>, None<Exact<DevtoolsOptions>>,
      None<Exact<AuthTestOptions>>, None<Exact<GuardOptions>>,
    ]
    export const given = {
      autoRefresh: undefined,
      header: { name: undefined, scheme: undefined },
      storage: { type: undefined, keys: undefined },
    } satisfies AuthOptions
    export const init: AuthRequestInit = { auth: undefined }
    export const tokens: Tokens = { accessToken: 'one', refreshToken: undefined, expiresIn: undefined }
    // @ts-expect-error: the check itself finds what it looks for
    export type Found = None<Exact<{ optional?: string }>>`
  // In the repository, where the libraries are that the adapters name.
  const options = { ...resolutions.bundler, skipLibCheck: true }
  assert.equal(compile(new Map([[join(js, 'test/undefined.ts'), application]]), options), '')
})
