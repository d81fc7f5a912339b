/** Counters: what this tab's client did, and what the server saw of it. */
import type { Counts } from 'authfetch/devtools'
import { getServerCounts, type ServerCounts } from './control'
import { byId, element, setText } from './dom'

const TAB: [keyof Counts, string][] = [
  ['requests', 'requests'],
  ['waited', 'waited'],
  ['replays', 'replays'],
  ['refreshes', 'refreshes'],
  ['adopted', 'adopted'],
  ['failed', 'failed'],
]

const SERVER: [keyof ServerCounts, string][] = [
  ['requests', 'API calls'],
  ['unauthorized', 'answered 401'],
  ['refreshes', 'refreshes'],
  ['refused', 'refused'],
  ['presentedTwice', 'reused tokens'],
]

function createFigures<Name extends string>(list: HTMLElement, names: [Name, string][]) {
  const values = new Map(
    names.map(([name, label]) => {
      const value = element('dd', 'figure', '0')
      list.append(element('div', '', element('dt', '', label), value))
      return [name, value]
    }),
  )
  return (counts: Readonly<Record<Name, number>>) => {
    for (const [name, value] of values) setText(value, String(counts[name]))
  }
}

const showTab = createFigures(byId('tab-figures'), TAB)
const showServer = createFigures(byId('server-figures'), SERVER)

let timer: ReturnType<typeof setTimeout> | undefined

/** Shows this tab's figures at once, and asks for the server's when things have calmed down. */
export function updateFigures(counts: Readonly<Counts>): void {
  showTab(counts)
  clearTimeout(timer)
  timer = setTimeout(() => {
    // The figures are not worth a complaint: the next change asks again.
    getServerCounts().then(showServer, () => {})
  }, 200)
}
