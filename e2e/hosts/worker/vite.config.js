export default {
  // Vite makes one classic script of a worker; a module leaves out what nobody uses.
  worker: { format: 'es' },
}
