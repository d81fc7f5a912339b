// Counts what a page could leak. It comes before everything else, and looks where no
// application does: into the wasm module, its runtime and the browser's prototypes.
{
  const live = {
    timers: new Set(),
    listeners: new Map(),
    memory: undefined,
    values: undefined,
    exports: undefined,
    starts: 0,
  }

  const { instantiate } = WebAssembly
  WebAssembly.instantiate = async (module, imports) => {
    const instance = await instantiate(module, imports)
    const exported = (instance.instance ?? instance).exports
    live.memory = exported.memory ?? exported.mem
    return instance
  }
  // The runtime's table of what Go refers to, and what Go gives to the loader.
  const caught = (name, take) =>
    Object.defineProperty(Object.prototype, name, {
      configurable: true,
      set(value) {
        take(value)
        Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true })
      },
    })
  caught('_values', (values) => (live.values = values))
  caught('__authfetch', (loader) => {
    const { start } = loader
    loader.start = (exports) => {
      live.exports = exports
      live.starts++
      start(exports)
    }
  })

  for (const [set, clear, once] of [
    ['setTimeout', 'clearTimeout', true],
    ['setInterval', 'clearInterval', false],
  ]) {
    const [start, stop] = [globalThis[set], globalThis[clear]]
    globalThis[set] = (run, ms, ...args) => {
      const id = start(() => {
        if (once) live.timers.delete(id)
        run(...args)
      }, ms)
      live.timers.add(id)
      return id
    }
    globalThis[clear] = (id) => {
      live.timers.delete(id)
      stop(id)
    }
  }

  // Of what lives as long as the page does, by its name; what else has listeners goes
  // with them.
  const watched = new Map([
    [window, 'window'],
    [document, 'document'],
  ])
  const { addEventListener, removeEventListener } = EventTarget.prototype
  const ofTarget = (target) => live.listeners.get(watched.get(target ?? window))
  const watch = (target, name) => {
    watched.set(target, name)
    live.listeners.set(name, new Set())
  }
  for (const [target, name] of watched) watch(target, name)
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    ofTarget(this)?.add(listener)
    return addEventListener.call(this, type, listener, options)
  }
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    ofTarget(this)?.delete(listener)
    return removeEventListener.call(this, type, listener, options)
  }

  let controllers = 0
  const gone = new FinalizationRegistry(() => controllers--)
  globalThis.AbortController = class extends AbortController {
    constructor() {
      super()
      controllers++
      gone.register(this, undefined)
    }
  }

  const count = () =>
    live.values.reduce((sum, value) => sum + (value === null || value === undefined ? 0 : 1), 0)
  window.probe = {
    live,
    watch,
    /** What lives now. A turn of the event loop after gc() lets finalizers run. */
    async look() {
      for (let i = 0; i < 3; i++) {
        window.gc()
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      const [functions, asks, waiting] = live.exports.counts()
      return {
        memory: live.memory.buffer.byteLength,
        references: count(),
        slots: live.values.length,
        functions,
        asks,
        waiting,
        timers: live.timers.size,
        listeners: Object.fromEntries([...live.listeners].map(([name, set]) => [name, set.size])),
        controllers,
      }
    },
    references: count,
  }
}
