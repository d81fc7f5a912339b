// The JavaScript side of TinyGo's runtime, without what our modules never call.
import { readFileSync } from 'node:fs'
import ts from 'typescript'

/**
 * The text of a wasm_exec.js for some compiled modules: of the functions that it
 * offers them those that one of them imports, and none of the stand-ins for what a
 * JavaScript engine of another kind may lack.
 */
export function glue(wasmExec, modules) {
  const imported = new Set(
    modules.flatMap((file) =>
      WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(file))).map(({ name }) => name),
    ),
  )
  const text = readFileSync(wasmExec, 'utf8')
  const source = ts.createSourceFile('wasm_exec.js', text, ts.ScriptTarget.Latest, true)
  const cuts = []
  const offered = new Set()
  const visit = (node) => {
    const offers = ts.isPropertyAssignment(node) && isNamespace(node.parent.parent)
    if (offers) offered.add(node.name.text)
    if (isStandIn(node) || (offers && !imported.has(node.name.text))) cuts.push(node)
    else ts.forEachChild(node, visit)
  }
  visit(source)
  const missing = [...imported].filter((name) => !offered.has(name))
  // Then this reads wasm_exec.js otherwise than it is written by now.
  if (missing.length > 0)
    throw new Error(
      `${wasmExec}: expected a function for each import in its importObject, found none for ${missing.join(', ')}`,
    )
  return cuts.reverse().reduce((rest, node) => {
    const end = text[node.end] === ',' ? node.end + 1 : node.end
    return rest.slice(0, node.pos) + rest.slice(end)
  }, text)
}

/** `if (!globalThis.fs) …` */
const isStandIn = (node) => ts.isIfStatement(node) && /^!globalThis\.\w+$/.test(node.expression.getText())

/** `gojs: { … }`, where a module finds its imports. */
const isNamespace = (node) =>
  ts.isPropertyAssignment(node) && ['gojs', 'wasi_snapshot_preview1'].includes(node.name.text)
