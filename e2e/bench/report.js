// Writes what was measured: the plots and the figures into js/docs/bench, the tables
// into js/docs/cost.md and what sums them up into README.md, each between its marks.
// A short or partial run goes to .cache/quick.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { peers, versionOf } from './peers.js'
import { bars, dots } from './svg.js'

const here = dirname(fileURLToPath(import.meta.url))
const js = join(here, '../../js')

export function circumstances(browser) {
  const packages = [...new Set(peers.flatMap(({ name }) => name.split(' + ')))]
  let commit = 'unknown'
  try {
    commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: here, encoding: 'utf8' }).trim()
  } catch {}
  return {
    date: new Date().toISOString().slice(0, 10),
    commit,
    machine: `${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, ${type()} ${release()}`,
    browser,
    node: process.version,
    toolchain: readFileSync(join(js, 'dist/toolchain.txt'), 'utf8').trim(),
    peers: Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
  }
}

const ms = (value) => (value >= 100 ? Math.round(value) : value.toFixed(value >= 10 ? 1 : 2))
const within = ({ median, low, high }, show = ms) => `${show(median)} (${show(low)}–${show(high)})`
const times = (value) => value.toFixed(2)
const kb = (bytes) => (bytes / 1000).toFixed(1)
const bold = (name, text = name) => (name.startsWith('authfetch') ? `**${text}**` : text)

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i ? '---:' : '---'))), ...rows.map(line)].join('\n')
}
const plot = (file, what) => `![${what}](bench/${file})`
const bar = (name, spread, label) => ({
  name,
  value: spread.median,
  low: spread.low,
  high: spread.high,
  label,
})

/** For each part: a heading, the table and the plots, as { title, body, plots }. */
const sections = {
  size(rows) {
    return {
      title: 'Download',
      body: table(
        ['minified, KB', 'plain', 'brotli'],
        rows.map(({ name, raw, brotli }) => [bold(name), kb(raw), bold(name, kb(brotli))]),
      ),
      plots: {
        'size.svg': bars('What an application downloads: KB, minified, brotli', [
          { rows: rows.map(({ name, brotli }) => ({ name, value: brotli, label: kb(brotli) })) },
        ]),
      },
    }
  },
  start(result) {
    const conditions = Object.keys(result)
    const names = result[conditions[0]].map(({ name }) => name)
    const of = (condition, name) => result[condition].find((row) => row.name === name)
    return {
      title: 'From navigation to the first authenticated answer',
      body: table(
        ['ms', ...conditions],
        names.map((name) => [
          bold(name),
          ...conditions.map((condition) => within(of(condition, name).ms, Math.round)),
        ]),
      ),
      plots: {
        'start.svg': bars(
          'From navigation to the first authenticated answer: ms, median and quartiles',
          conditions.map((title) => ({
            title,
            rows: result[title].map((row) => bar(row.name, row.ms, `${Math.round(row.ms.median)}`)),
          })),
        ),
      },
    }
  },
  requests(result) {
    const one = result['one at a time']
    const fifty = result['fifty at a time']
    const batch = (name) => result.batches.find((row) => row.name === name)
    const compared = (rows) =>
      rows.map((row) => bar(row.name, row.p50, `${ms(row.p50.median)}  (${times(row.overBare.median)} x)`))
    const columns = ['ms', 'p50', 'p50 / bare', 'p99', 'p99 / bare']
    const cells = (row) => [
      bold(row.name),
      within(row.p50),
      within(row.overBare, times),
      within(row.p99),
      within(row.p99OverBare, times),
    ]
    return {
      title: 'Each request: 1 KB of JSON, signed in, no refresh',
      body: [
        'One at a time:\n',
        table(columns, one.map(cells)),
        '\nFifty at a time; the last columns are for all fifty:\n',
        table(
          [...columns, 'all', 'all / bare'],
          fifty.map((row) => [
            ...cells(row),
            within(batch(row.name).ms),
            within(batch(row.name).overBare, times),
          ]),
        ),
      ].join('\n'),
      plots: {
        'requests.svg': bars('A request for 1 KB of JSON: ms, median of medians, and quartiles', [
          { title: 'one at a time', rows: compared(one) },
          { title: 'fifty at a time', rows: compared(fifty) },
        ]),
      },
    }
  },
  storm(rows) {
    return {
      title: 'A thousand requests that meet an expired token',
      body: table(
        ['', 'ms', '/ ideal', 'refreshes', 'failed'],
        rows.map((row) => [
          bold(row.name),
          within(row.ms),
          within(row.overIdeal, times),
          row.refreshes,
          row.failed ? `**${row.failed}**` : 0,
        ]),
      ),
      plots: {
        'storm.svg': bars('1 000 requests meet an expired token: ms, median and quartiles', [
          {
            rows: rows.map((row) =>
              bar(
                row.name,
                row.ms,
                `${Math.round(row.ms.median)}${row.failed ? `, ${row.failed} fail` : `  (${times(row.overIdeal.median)} x)`}`,
              ),
            ),
          },
        ]),
      },
    }
  },
  active({ lifetime, refreshTakes, every, seconds, clients, waits }) {
    return {
      title: 'An active page, over several lifetimes of its token',
      body: [
        `A request of each client every ${every} ms for ${seconds} s, from one page, in an order that is drawn anew`,
        `each time. A token lives for ${lifetime} s, and a refresh takes ${refreshTakes} ms.`,
        `authfetch and oidc-client-ts refresh in the background, here ${lifetime / 2} s ahead; the interceptors do once they are`,
        `refused. By authfetch's own trace, **${waits}** of its requests waited for a refresh.\n`,
        table(
          [
            '',
            'requests',
            'refreshes',
            'met a 401',
            `took ${refreshTakes} ms or more`,
            'p50, ms',
            'longest, ms',
            'failed',
          ],
          clients.map((row) => [
            bold(row.name),
            row.requests,
            row.refreshes,
            row.refused,
            row.long,
            ms(row.p50),
            ms(row.longest),
            row.failed,
          ]),
        ),
      ].join('\n'),
      plots: {
        'active.svg': dots(
          `Each request of an active page; tokens live ${lifetime} s, a refresh takes ${refreshTakes} ms`,
          clients.map(({ name, points }) => ({
            title: name,
            points: points.filter(([, took]) => took !== null).map(([at, took]) => [at / 1000, took]),
          })),
          { xMost: seconds, yMost: 500, xUnit: 's', yUnit: 'ms', limit: refreshTakes },
        ),
      },
    }
  },
  memory({ sent, waiting, authfetch, 'bare fetch': bare }) {
    const page = ({ heap, dom, buffers }) => heap + dom + buffers
    const all = (look) => page(look) + look.wasm
    const row = (name, ours, theirs) => [
      name,
      kb(ours.wasm),
      kb(page(ours)),
      kb(page(theirs)),
      kb(all(ours) - all(theirs)),
    ]
    const many = (count) => count.toLocaleString('en').replace(',', '\u00a0')
    const last = waiting.length - 1
    const each = ({ after, held }) => (all(held[last]) - all(after.at(-1))) / waiting[last]
    return {
      title: 'Memory',
      body: [
        'KB after a collection of garbage. WebAssembly memory never shrinks, by its specification: what a',
        'crowd took at once stays, for the next crowd.\n',
        table(
          ['', 'wasm memory', 'page with authfetch', 'page with bare fetch', 'difference, with wasm'],
          [
            row('before a client is made', authfetch.before, bare.before),
            row('at rest, signed in', authfetch.rest, bare.rest),
            ...sent.map((count, i) =>
              row(`after ${many(count)} requests`, authfetch.after[i], bare.after[i]),
            ),
            ...waiting.flatMap((count, i) => [
              row(`while ${many(count)} wait for a refresh`, authfetch.held[i], bare.held[i]),
              row('after those have their answers', authfetch.answered[i], bare.answered[i]),
            ]),
          ],
        ),
        `\nA waiting request takes ${kb(each(authfetch))} KB. (The bare page keeps a \`Request\` and a promise for each: ${kb(each(bare))} KB.)`,
      ].join('\n'),
      plots: {},
    }
  },
}

/** What the README shows of a whole run. */
function summary({ size, start, requests, storm, active }) {
  const columns = ['bare fetch', 'authfetch', 'axios-auth-refresh', 'axios, own queue']
  const row = (what, rows, show, names = {}) => [
    what,
    ...columns.map((name) => {
      const found = rows.find((one) => one.name === (names[name] ?? name))
      return found ? bold(name, show(found)) : '–'
    }),
  ]
  const weights = size.map((one) => ({ ...one, name: one.of }))
  const [slow, fast] = ['slow connection, cold', 'fast connection, warm']
  const firstAnswer = (condition) =>
    row(
      `first answer, ms: ${condition} (authfetch with a preload)`,
      start[condition],
      ({ ms }) => Math.round(ms.median),
      {
        authfetch: 'authfetch, preload',
      },
    )
  const overBare = ({ overBare }) => `${times(overBare.median)} x`
  return [
    table(
      ['', ...columns],
      [
        row('download, KB after brotli', weights, ({ brotli }) => kb(brotli), {
          'axios-auth-refresh': 'axios + axios-auth-refresh',
          'axios, own queue': 'axios',
        }),
        firstAnswer(slow),
        firstAnswer(fast),
        row('a request of 1 KB, beside bare fetch', requests['one at a time'], overBare),
        row('fifty of them at once', requests.batches, overBare),
        row(
          '1\u00a0000 requests meet an expired token, beside the ideal',
          storm,
          // Those that fail at once would make it a short one.
          ({ overIdeal, failed }) => (failed ? `${failed} fail` : `${times(overIdeal.median)} x`),
          { 'bare fetch': 'ideal' },
        ),
        row('refreshes for them', storm, ({ refreshes }) => refreshes, { 'bare fetch': 'ideal' }),
        row(
          'requests of an active page that wait for a refresh',
          active.clients,
          ({ long, requests }) => `${long} of ${requests}`,
        ),
      ],
    ),
    `![${sections.requests(requests).title}](js/docs/bench/requests.svg)`,
    `![${sections.storm(storm).title}](js/docs/bench/storm.svg)`,
  ].join('\n\n')
}

/** The text of a page with `body` between its marks. */
function filled(page, body) {
  const text = readFileSync(page, 'utf8')
  const [begin, end] = ['<!-- bench:begin -->', '<!-- bench:end -->']
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new Error(`${page} has no ${begin} … ${end}`)
  return `${text.slice(0, from + begin.length)}\n\n${body}\n\n${text.slice(to)}`
}

/** Writes all, and answers the folder that it wrote to. */
export function write(results, about, whole) {
  const folder = whole ? join(js, 'docs') : join(here, '.cache/quick')
  mkdirSync(join(folder, 'bench'), { recursive: true })
  const parts = Object.entries(results).map(([name, result]) => sections[name](result))
  for (const { plots } of parts)
    for (const [file, svg] of Object.entries(plots)) writeFileSync(join(folder, 'bench', file), svg)
  const told = [
    `Measured on ${about.date} at ${about.commit}: ${about.machine}; ${about.browser}, Node ${about.node},`,
    `${about.toolchain}; ${Object.entries(about.peers)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
    'Medians of the repetitions, with the quartiles in brackets.',
  ].join('\n')
  const body = [
    told,
    ...parts.map(({ title, body, plots }) =>
      [`### ${title}`, body, ...Object.keys(plots).map((file) => plot(file, title))].join('\n\n'),
    ),
  ].join('\n\n')
  writeFileSync(join(folder, 'bench/results.json'), `${JSON.stringify({ about, ...results }, rounded, 1)}\n`)
  writeFileSync(join(folder, 'cost.md'), filled(join(js, 'docs/cost.md'), body))
  const readme = join(js, '../README.md')
  const complete = Object.keys(sections).every((name) => name in results)
  if (complete) writeFileSync(whole ? readme : join(folder, 'README.md'), filled(readme, summary(results)))
  return { folder, body }
}

function rounded(_, value) {
  return typeof value === 'number' ? Math.round(value * 1000) / 1000 : value
}
