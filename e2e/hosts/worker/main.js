// The page sends paths to the worker, and gets what came of them.
const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
const waiting = new Map()
let count = 0
worker.onmessage = ({ data: { id, answer } }) => waiting.get(id)(answer)

const ask = (call, ...args) =>
  new Promise((resolve) => {
    waiting.set(++count, resolve)
    worker.postMessage({ id: count, api: new URLSearchParams(location.search).get('api'), call, args })
  })

globalThis.auth = {
  signin: (credentials) => ask('signin', credentials),
  fetch: async (path, init) => new Response(await ask('fetch', path, init)),
}
