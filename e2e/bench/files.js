// What the server serves: pages, bundles of them, and the module of each compiler.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from './bundle.js'

const here = dirname(fileURLToPath(import.meta.url))
const dist = join(here, '../../js/dist')
/** The build of Go's own compiler, for comparison; what ships where TinyGo is to be had is in dist. */
const goDist = join(here, '../../js/dist-go')

const page = (script, head = '') => ({
  type: 'text/html',
  bytes: Buffer.from(
    `<!doctype html><meta charset="utf-8"><title>bench</title>${head}<script type="module" src="${script}"></script>`,
  ),
})
const script = (bytes) => ({ type: 'text/javascript', bytes })
const wasm = (folder) => ({ type: 'application/wasm', bytes: readFileSync(join(folder, 'authfetch.wasm')) })

/** How an application that uses authfetch begins loading the module with the page. */
export const HINT =
  '<link rel="preload" href="authfetch.wasm" as="fetch" type="application/wasm" crossorigin>'

/** The applications whose start is timed: name, source, and what their pages have more. */
export const starts = [
  { name: 'bare fetch', source: 'bare' },
  { name: 'authfetch, preload', source: 'authfetch', folder: dist, head: HINT },
  { name: 'authfetch', source: 'authfetch', folder: dist },
  { name: "authfetch, Go's build, preload", source: 'authfetch', folder: goDist, head: HINT },
  { name: 'axios-auth-refresh', source: 'axios-auth-refresh' },
  { name: 'oidc-client-ts, fetch', source: 'oidc-client-ts' },
  { name: 'auth0-spa-js, fetch', source: 'auth0-spa-js' },
].map((start) => ({ ...start, path: `/start/${start.name.replace(/[^a-z0-9]+/gi, '-')}/` }))

export async function files() {
  const served = {
    '/blank': { type: 'text/html', bytes: Buffer.from('<!doctype html><title>blank</title>') },
    '/measure': page('/measure.js'),
    '/measure.js': script(await bundleOf('pages/measure.js', dist)),
    '/authfetch.wasm': wasm(dist),
  }
  for (const { source, path, head, folder } of starts) {
    served[path] = page('app.js', head)
    served[`${path}app.js`] = script(await bundleOf(`start/${source}.js`, folder ?? dist))
    if (folder) served[`${path}authfetch.wasm`] = wasm(folder)
  }
  return served
}

function bundleOf(file, folder) {
  const source = join(folder, 'authfetch.js')
  if (!existsSync(source)) throw new Error(`${source} is not built: make build`)
  return bundle(`import ${JSON.stringify(join(here, file))}`, { alias: { authfetch: source } })
}
