import type { Refresh } from '../parts.js'
import { formatSpan } from '../scale.js'
import { THINNEST, type Frame } from './frame.js'
import { fitsInside, inside, placeOutside } from './text.js'

/** Each refresh is a band across all lanes, and above them a bar that shows its steps. */
export function drawRefreshes({ burst, now, layout, x, fill }: Frame): void {
  const { refreshes } = burst
  const start = (refresh: Refresh) => x(refresh.from)
  const stop = (refresh: Refresh) => Math.max(x(refresh.to ?? now), x(refresh.from) + THINNEST)

  fill('bands', 'rect', refreshes, (refresh) => ({
    class: refresh.outcome === 'failed' ? 'af-band-failed' : 'af-band',
    x: start(refresh),
    width: stop(refresh) - start(refresh),
    y: layout.refreshY,
    height: layout.lanesBottom - layout.refreshY,
  }))
  const edges = refreshes.flatMap((refresh) => [start(refresh), stop(refresh)])
  fill('bandEdges', 'line', edges, (edge) => ({
    class: 'af-band-edge',
    x1: edge,
    x2: edge,
    y1: layout.refreshY,
    y2: layout.lanesBottom,
  }))
  fill(
    'steps',
    'rect',
    refreshes.flatMap((refresh) => refresh.steps),
    (step) => ({
      class: `af-step-${step.kind}`,
      rx: 2,
      x: x(step.from),
      width: Math.max(x(step.to ?? now) - x(step.from), THINNEST),
      y: layout.refreshY,
      height: layout.refreshHeight,
    }),
  )
  const texts = refreshes.flatMap((refresh, index) => {
    const next = refreshes[index + 1]
    const text = refreshText(refresh, now)
    const sends = refresh.steps.filter((step) => step.kind === 'send')
    const bar = sends.find((step) => fitsInside(text, x(step.from), x(step.to ?? now)))
    if (bar) return [inside(text, x(bar.from), x(bar.to ?? now))]
    return placeOutside(
      text,
      start(refresh),
      stop(refresh),
      next ? start(next) : layout.right + 40,
      layout.left,
    )
  })
  fill('bandTexts', 'text', texts, ({ text, at, anchor }) => ({
    class: anchor === 'middle' ? 'af-band-text-in' : 'af-band-text',
    x: at,
    y: layout.refreshY + layout.refreshHeight / 2,
    'text-anchor': anchor,
    text,
  }))
}

function refreshText(refresh: Refresh, now: number): string {
  const took = formatSpan((refresh.to ?? now) - refresh.from)
  switch (refresh.outcome) {
    case 'adopted':
      return `adopted ${took}`
    case 'failed':
      return `refused ${refresh.status ?? ''}`.trim()
    case 'postponed':
      return 'postponed'
    default:
      return `refresh ${took}`
  }
}
