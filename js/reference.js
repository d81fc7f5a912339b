// Writes the API reference, from the types and their comments: a page for each export
// of the package, into docs/api or the folder that is given.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Application } from 'typedoc'

const here = dirname(fileURLToPath(import.meta.url))
const { exports } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'))

/** The sources of what the package exports; the script tag's functions are those of the first. */
const entryPoints = Object.values(exports)
  .map(({ types }) => /^\.\/dist\/(.*)\.d\.ts$/.exec(types)?.[1])
  .filter((name) => name && name !== 'authfetch.global')
  .map((name) => join(here, `src/${name}.ts`))

const application = await Application.bootstrapWithPlugins({
  entryPoints,
  tsconfig: join(here, 'tsconfig.reference.json'),
  plugin: ['typedoc-plugin-markdown'],
  out: process.argv[2] ?? join(here, 'docs/api'),
  readme: 'none',
  router: 'module',
  entryFileName: 'README.md',
  excludePrivate: true,
  excludeInternal: true,
  excludeExternals: true,
  disableSources: true,
  disableGit: true,
  hideGenerator: true,
  githubPages: false,
  hidePageHeader: true,
  hideBreadcrumbs: true,
  sort: ['source-order'],
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  expandObjects: true,
  // A comment that links nowhere, or a type that the reader cannot look up, fails the build.
  validation: { notExported: true, invalidLink: true, notDocumented: false },
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
  skipErrorChecking: true, // `make lint` does that
  logLevel: 'Warn',
})
const project = await application.convert()
if (!project) process.exit(1)
// Modules are called what an application imports.
for (const module of project.children) {
  const files = [`./dist/${module.name}.d.ts`, `./dist/${module.name}/index.d.ts`]
  const [name] = Object.entries(exports).find(([, { types }]) => files.includes(types))
  module.name = name.replace('.', 'authfetch')
}
application.validate(project)
await application.generateOutputs(project)
if (application.logger.hasWarnings() || application.logger.hasErrors()) process.exit(1)
