// TypeScript as a strict application would run it, on files that import the package.
import { dirname } from 'node:path'
import ts from 'typescript'

/** Files of TypeScript's own libraries are parsed once for all programs. */
const parsed = new Map()

/** What every program has; a resolution comes with each call. */
const strict = {
  strict: true,
  noEmit: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  types: [],
}

/**
 * Compiles files, which need not exist: `contents` maps their paths to their text.
 * Answers what TypeScript says about them and about every declaration that they
 * import, which are checked too, as `skipLibCheck: false` has it.
 */
export function compile(contents, options) {
  const all = { ...strict, ...options }
  const host = ts.createCompilerHost(all)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (file) => contents.has(file) || fileExists(file)
  host.readFile = (file) => contents.get(file) ?? readFile(file)
  host.getSourceFile = (file, how, ...rest) => {
    if (contents.has(file)) return ts.createSourceFile(file, contents.get(file), how)
    const shared = dirname(file) === host.getDefaultLibLocation()
    if (!shared) return getSourceFile(file, how, ...rest)
    if (!parsed.has(file)) parsed.set(file, getSourceFile(file, how, ...rest))
    return parsed.get(file)
  }
  const program = ts.createProgram([...contents.keys()], all, host)
  const found = [
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...program
      .getSourceFiles()
      .filter((file) => !program.isSourceFileDefaultLibrary(file))
      .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]),
  ]
  return ts.formatDiagnostics(found, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => '/',
    getNewLine: () => '\n',
  })
}

/** The kinds of module resolution that read a package's exports. */
export const resolutions = {
  node16: { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 },
  nodenext: { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  bundler: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
}
