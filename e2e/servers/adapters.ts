// The faults server with an application's pages: what the adapters' tests run against.
import { join } from 'node:path'
import { build } from 'esbuild'
import { authFixtures, type AuthFixtures } from 'authfetch/playwright'
import { test as base } from './faults/fixtures.js'
import type { Faults } from './faults/server.js'
import { bundling, folderOf, pagesOf } from './flows/kit.js'

/** Serves the pages of `pages/adapters/NAME`, bundled. */
async function serveApp(server: Faults, name: string, html: string): Promise<void> {
  for (const [path, { type, content }] of await pagesOf(`adapters/${name}`, { html }))
    server.route(path, ({ reply }) => reply(200, Buffer.from(content), { 'content-type': type }))
}

/** The faults fixtures, with an application at the origins of `server` and of `secure`. */
export const appTest = (name: string, render: () => string | Promise<string> = () => '') =>
  base.extend<AuthFixtures>(authFixtures).extend<{ app: void }>({
    baseURL: async ({ server }, use) => use(server.origin),
    app: [
      async ({ server, secure }, use) => {
        const html = await render()
        await serveApp(server, name, html)
        await serveApp(secure, name, html)
        await use()
      },
      { auto: true },
    ],
  })

/** A module of an application that its server runs, bundled as a server's build would do it. */
export async function serverModule<Module>(name: string, file: string): Promise<Module> {
  const { outputFiles } = await build({
    ...bundling,
    platform: 'node',
    entryPoints: [join(folderOf(`adapters/${name}`), file)],
    write: false,
  })
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0]!.contents).toString('base64')}`)
}
