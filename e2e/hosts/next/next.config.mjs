import { dirname } from 'node:path'

// node_modules is one folder up, shared by all hosts. A project of its own needs no such line.
export default { turbopack: { root: dirname(import.meta.dirname) } }
