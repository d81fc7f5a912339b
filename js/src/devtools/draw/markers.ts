import { markerLabel } from '../describe.js'
import type { Burst, Marker } from '../parts.js'
import { formatSpan, type Span } from '../scale.js'
import type { Frame } from './frame.js'
import { CHARACTER, placeOutside } from './text.js'

/** What happened to the session: a line across the lanes, and a flag that says what. */
export function drawMarkers({ markers, span, burst, layout, x, fill }: Frame): void {
  const within = markers.filter((marker) => sideOf(marker, span) === 'inside')
  fill('markers', 'line', within, (marker) => ({
    class: `af-marker af-marker-${marker.kind}`,
    x1: x(marker.at),
    x2: x(marker.at),
    y1: layout.markerY + 5,
    y2: layout.lanesBottom,
  }))
  // Of what led up to the picture the latest says most, of what followed it as well.
  const before = markers.filter((marker) => marker.at < span.from).slice(-1)
  const after = markers.filter((marker) => marker.at > span.to).slice(-1)
  const flags = [...before, ...within, ...after]
  fill('flags', 'path', flags, (marker) => ({
    class: `af-flag af-flag-${marker.kind}`,
    d: flag(x(marker.at), layout.markerY, sideOf(marker, span)),
  }))
  const texts = flags.flatMap((marker, index) => {
    const at = x(marker.at)
    const [previous, next] = [flags[index - 1], flags[index + 1]]
    return placeOutside(
      flagText(marker, span, burst),
      at - 4,
      at + 4,
      next ? x(next.at) - 8 : layout.width,
      // Text to the left of a flag must not run into the text to the right of the one before.
      previous ? (next ? Infinity : x(previous.at) + 12 + markerLabel(previous).length * CHARACTER) : 0,
    )
  })
  fill('flagTexts', 'text', texts, ({ text, at, anchor }) => ({
    class: 'af-flag-text',
    x: at,
    y: layout.markerY,
    'text-anchor': anchor,
    text,
  }))
}

function flagText(marker: Marker, span: Span, burst: Burst): string {
  const label = markerLabel(marker)
  switch (sideOf(marker, span)) {
    case 'before':
      return `${label} ${formatSpan(burst.from - marker.at)} before`
    case 'after':
      return `${label} ${formatSpan(marker.at - burst.last)} after`
    case 'inside':
      return label
  }
}

function sideOf({ at }: Marker, span: Span): 'before' | 'inside' | 'after' {
  return at < span.from ? 'before' : at > span.to ? 'after' : 'inside'
}

/** A diamond on its moment, or an arrow to what lies outside of the picture. */
function flag(x: number, y: number, side: 'before' | 'inside' | 'after'): string {
  if (side === 'before') return `M${x - 5} ${y}L${x + 3} ${y - 5}V${y + 5}Z`
  if (side === 'after') return `M${x + 5} ${y}L${x - 3} ${y - 5}V${y + 5}Z`
  return `M${x} ${y - 5}L${x + 5} ${y}L${x} ${y + 5}L${x - 5} ${y}Z`
}
