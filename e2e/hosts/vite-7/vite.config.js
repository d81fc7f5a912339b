export default {
  // Before Vite 8, pre-bundling moved the script away from its module. `vite dev` alone needs this line.
  optimizeDeps: { exclude: ['authfetch'] },
}
