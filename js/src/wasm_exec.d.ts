/** wasm_exec.js of the toolchain that built the module; build.js provides it. */
declare module 'authfetch:wasm_exec' {
  export interface GoRuntime {
    importObject: WebAssembly.Imports
    exit: (code: number) => void
    run(instance: WebAssembly.Instance): Promise<void>
  }
  export function loadRuntime(scope: object, setTimeout: unknown, console: unknown): new () => GoRuntime
}
