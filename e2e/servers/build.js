// Which build of the package the tests run on: js/dist, or the folder of js that
// AUTHFETCH_DIST names, as for js/build.js.
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compiler } from '../../js/budget.js'

export const js = fileURLToPath(new URL('../../js/', import.meta.url))
/** The folder of the build. */
export const dist = resolve(js, process.env.AUTHFETCH_DIST ?? 'dist')
/** Who has compiled its modules. @returns {'tinygo' | 'go'} */
export const compiledBy = () => compiler(dist)

/**
 * Has a bundle take `authfetch` and what is below it from this build, at the files that
 * package.json names for the default one.
 *
 * @type {import('esbuild').Plugin}
 */
export const thisBuild = {
  name: 'this build',
  setup({ onResolve, resolve }) {
    const found = {} // marks the question that is passed on, so that it is not caught again
    onResolve({ filter: /^authfetch(\/|$)/ }, async ({ path, kind, resolveDir, pluginData }) => {
      if (pluginData === found) return undefined
      const file = await resolve(path, { kind, resolveDir, pluginData: found })
      return { ...file, path: file.path.replace(join(js, 'dist'), dist) }
    })
  },
}
