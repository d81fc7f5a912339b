/** wasm_exec.js of the toolchain that built the module; build.js provides it. */
declare module 'authfetch:wasm_exec' {
  export interface GoRuntime {
    importObject: WebAssembly.Imports
    exit: (code: number) => void
    run(instance: WebAssembly.Instance): Promise<void>
  }
  export function loadRuntime(scope: object, setTimeout: unknown, console: unknown): new () => GoRuntime
}

declare module 'authfetch:base64' {
  /** The wasm module itself, as base64 (RFC 4648). */
  const base64: string
  export default base64
}
