// The Go runtime's JavaScript side, wasm_exec.js of the toolchain that built the
// module, which build.js wraps so that it touches no global.
import { loadRuntime, type GoRuntime } from 'authfetch:wasm_exec'

/**
 * Makes a runtime with a global object of its own, where the module finds what it
 * needs and nothing else. `end` is told of an exception in one of its timers.
 */
export function load(end: (error: unknown) => void): { go: GoRuntime; scope: Record<string, unknown> } {
  const { Object, Array, Uint8Array, Error, Date, JSON, TextEncoder, TextDecoder, crypto, performance } =
    globalThis
  const scope: Record<string, unknown> = {
    ...{ Object, Array, Uint8Array, Error, Date, JSON, TextEncoder, TextDecoder, crypto, performance },
    // What a dying program prints could hold what it was working on.
    console: { log() {}, warn() {}, error() {} },
  }
  let timer: unknown
  const later = (run: () => void, ms?: number) => {
    // Each time that it comes to rest the runtime says when to wake it, which puts what
    // it has said before out of force. TinyGo's takes nothing back: each call of the
    // module would leave a timer that runs for an hour.
    clearTimeout(timer as number | undefined)
    timer = setTimeout(() => {
      try {
        run()
      } catch (error) {
        end(error)
      }
    }, ms)
    // Node would wait for it.
    ;(timer as { unref?(): void }).unref?.()
    return timer
  }
  const Go = loadRuntime(scope, later, scope['console'])
  const go = new Go()
  go.exit = () => {}
  return { go, scope }
}
