/** Where the module is by default. Bundlers know this expression, and take the file along. */
export const beside = (): URL => new URL('./authfetch.wasm', import.meta.url)
