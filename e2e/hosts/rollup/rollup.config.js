import { nodeResolve } from '@rollup/plugin-node-resolve'
import { importMetaAssets } from '@web/rollup-plugin-import-meta-assets'

export default {
  input: 'main.js',
  output: { dir: 'dist', format: 'es' },
  // The module is found by the second plugin; without it, copy authfetch.wasm beside the output.
  plugins: [nodeResolve({ browser: true }), importMetaAssets()],
}
