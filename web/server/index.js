import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createDemoServer } from './demo-server.js'

export { createDemoServer }

if (process.argv[1] === fileURLToPath(import.meta.url)) await run()

async function run() {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '8080' } } })
  if (!existsSync(new URL('../dist/index.html', import.meta.url))) {
    console.error('The page is not built yet: run `npm run build` first.')
    process.exit(1)
  }

  const server = await createDemoServer({ port: Number(values.port), nextFree: true })
  console.log(`authfetch is on show at ${server.origin} (Ctrl+C stops it)`)

  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      await server.close()
      process.exit(0)
    })
  }
}
