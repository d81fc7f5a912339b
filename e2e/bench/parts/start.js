// From the navigation to the first authenticated answer.
import { starts } from '../files.js'
import { ratio, spread } from '../stats.js'

const connections = {
  'slow connection': { latency: 40, throughput: (10e6 / 8) | 0, cpu: 4 },
  'fast connection': { latency: 0, throughput: -1, cpu: 1 },
}

export async function start({ context, origin, quick }) {
  const repeat = quick ? 2 : 7
  for (const { path } of starts) await signIn(context, origin + path)
  const samples = {}
  const put = (connection, cache, name, value) =>
    (((samples[connection] ??= {})[cache] ??= {})[name] ??= []).push(value)
  for (let i = 0; i < repeat; i++)
    for (const [connection, limits] of Object.entries(connections))
      for (const { name, path } of i % 2 ? [...starts].reverse() : starts) {
        put(connection, 'cold', name, await visit(context, origin + path, limits, true))
        put(connection, 'warm', name, await visit(context, origin + path, limits, false))
      }
  const result = {}
  for (const [connection, caches] of Object.entries(samples))
    for (const [cache, byName] of Object.entries(caches))
      result[`${connection}, ${cache}`] = Object.entries(byName).map(([name, values]) => ({
        name,
        ms: spread(values),
        overBare: ratio(values, byName['bare fetch']),
      }))
  return result
}

async function signIn(context, url) {
  const page = await context.newPage()
  await page.goto(`${url}#signin`)
  await page.waitForFunction(() => window.signedIn)
  // A second visit, long enough for the browser to keep the compiled code.
  await page.goto(`${url}?`)
  await page.waitForFunction(() => window.answered)
  await page.waitForTimeout(500)
  await page.close()
}

async function visit(context, url, { latency, throughput, cpu }, cold) {
  const page = await context.newPage()
  const cdp = await context.newCDPSession(page)
  if (cold) await cdp.send('Network.clearBrowserCache')
  await cdp.send('Network.enable')
  await cdp.send('Network.emulateNetworkConditions', {
    offline: false,
    latency,
    downloadThroughput: throughput,
    uploadThroughput: throughput,
  })
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: cpu })
  await page.goto(url, { waitUntil: 'commit' })
  const answered = await (await page.waitForFunction(() => window.answered)).jsonValue()
  await page.close()
  return answered
}
