/** What the colours and patterns mean, drawn as they are drawn in the picture. */
import { html, svg } from './dom.js'

const ENTRIES: [string, () => SVGElement][] = [
  ['Sent', () => bar('af-sent')],
  ['Sent, refused with 401', () => bar('af-refused')],
  ['Waiting', () => striped()],
  ['Sent with the new token', () => bar('af-renewed')],
  ['Sent untouched', () => bar('af-untouched')],
  [
    'The refresh',
    () =>
      svg(
        'g',
        {},
        svg('rect', { class: 'af-band', width: 22, height: 12 }),
        svg('rect', { class: 'af-step-send', width: 22, height: 4 }),
      ),
  ],
  ['Failed', () => svg('path', { class: 'af-cross', d: 'M7 2L15 10M7 10L15 2' })],
]

/** The pattern of the picture has an id of its own, so the legend draws its stripes itself. */
function striped(): SVGElement {
  const lines = [3, 9, 15, 21].map((x) =>
    svg('line', { class: 'af-stripe', x1: x - 5, y1: 11, x2: x + 3, y2: 2 }),
  )
  return svg(
    'g',
    {},
    svg('rect', { class: 'af-stripe-ground', y: 1.5, width: 22, height: 9, rx: 2 }),
    ...lines,
  )
}

function bar(kind: string): SVGElement {
  return svg('rect', { class: kind, x: 1, y: 2, width: 20, height: 8, rx: 2 })
}

export function createLegend(): HTMLElement {
  const items = ENTRIES.map(([text, draw]) =>
    html('li', {}, svg('svg', { viewBox: '0 0 22 12', 'aria-hidden': 'true' }, draw()), text),
  )
  return html('ul', { class: 'af-legend', 'aria-label': 'Legend' }, ...items)
}
