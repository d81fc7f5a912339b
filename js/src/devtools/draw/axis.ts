import { formatSpan, ticks } from '../scale.js'
import { THINNEST, type Frame } from './frame.js'

export function drawAxis({ span, burst, layout, x, fill }: Frame): void {
  const places = ticks(span, burst.from, (layout.right - layout.left) / 90)
  fill('ticks', 'line', places, (place) => ({
    class: place === 0 ? 'af-frame' : 'af-tick',
    x1: x(burst.from + place),
    x2: x(burst.from + place),
    y1: layout.lanesTop - 4,
    y2: layout.lanesBottom,
  }))
  fill('tickTexts', 'text', places, (place) => ({
    x: x(burst.from + place),
    y: layout.lanesBottom + 13,
    'text-anchor': 'middle',
    text: place === 0 ? '0' : formatSpan(place),
  }))
  // Where lanes are roomy the empty ones below are ruled as well, like a ledger.
  const pitch = layout.roomy ? layout.pitch : 0
  const count = pitch ? Math.floor((layout.lanesBottom - layout.lanesTop) / pitch) : 0
  const lines = [
    ...Array.from({ length: count }, (_, i) => layout.lanesTop + (i + 1) * pitch),
    layout.lanesBottom,
  ]
  fill('rules', 'line', lines, (y) => ({
    class: y === layout.lanesBottom ? 'af-frame' : 'af-rule',
    x1: 0,
    x2: layout.right,
    y1: y,
    y2: y,
  }))
}

export function drawOffline({ offline, layout, x, fill, awayStripes }: Frame): void {
  fill('offline', 'rect', offline, ({ from, to }) => ({
    class: 'af-away-edge',
    fill: awayStripes,
    x: x(from),
    width: Math.max(x(to) - x(from), THINNEST),
    y: layout.lanesTop - 4,
    height: layout.lanesBottom - layout.lanesTop + 4,
  }))
  const wide = offline.filter(({ from, to }) => x(to) - x(from) > 60)
  fill('offlineTexts', 'text', wide, ({ from, to }) => ({
    x: (x(from) + x(to)) / 2,
    y: layout.lanesBottom - 12,
    'text-anchor': 'middle',
    text: 'offline',
  }))
}
