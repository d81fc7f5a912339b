/** Draws one burst. Holds no state of its own but the elements. */
import { markerLabel } from './describe'
import { each, set, svg } from './dom'
import { groupLabels, layOut, type LabelGroup, type Layout } from './layout'
import type { Burst, Lane, Marker, Refresh, Segment } from './model'
import { formatSpan, ticks, type Span } from './scale'

export interface Scene {
  burst: Burst
  markers: Marker[]
  offline: Span[]
  span: Span
  now: number
  running: boolean
  width: number
  height: number
  hovered: Lane | null
}

/** How wide a character of the small text is, roughly: to know what fits. */
const CHARACTER = 6.1
/** A bar is never so thin that it cannot be seen. */
const THINNEST = 1.5

let pictures = 0

export class Picture {
  readonly element: SVGElement
  #layout: Layout | null = null
  readonly #stripes: string
  readonly #awayStripes: string
  readonly #groups: Record<string, SVGElement> = {}

  constructor() {
    pictures += 1
    this.#stripes = `af-stripes-${pictures}`
    this.#awayStripes = `af-away-${pictures}`
    // From back to front.
    const names = [
      'ticks', 'tickTexts', 'rules', 'offline', 'offlineTexts', 'bands', 'hover', 'segments', 'bandEdges',
      'ends', 'crosses', 'texts', 'steps', 'bandTexts', 'markers', 'flags', 'flagTexts', 'brackets', 'labels', 'now',
    ]
    for (const name of names) this.#groups[name] = svg('g')
    this.element = svg(
      'svg',
      { class: 'af-picture', role: 'img' },
      svg('defs', {}, stripes(this.#stripes, 7, 'af-stripe', 'af-stripe-ground'), stripes(this.#awayStripes, 8, 'af-away-stripe')),
      ...Object.values(this.#groups),
    )
  }

  /** The lane at a height, for the pointer. */
  laneAt(y: number, lanes: Lane[]): Lane | null {
    const layout = this.#layout
    if (!layout || y < layout.lanesTop) return null
    return lanes[Math.floor((y - layout.lanesTop) / layout.pitch)] ?? null
  }

  draw(scene: Scene): void {
    const layout = layOut(scene.burst.lanes.length, scene.width, scene.height)
    this.#layout = layout
    set(this.element, { viewBox: `0 0 ${scene.width} ${scene.height}` })
    const scale = (layout.right - layout.left) / (scene.span.to - scene.span.from)
    const x = (at: number) =>
      Math.min(Math.max(layout.left + (at - scene.span.from) * scale, layout.left), layout.right)

    this.#drawAxis(scene, layout, x)
    this.#drawOffline(scene, layout, x)
    this.#drawRefreshes(scene, layout, x)
    this.#drawLanes(scene, layout, x)
    this.#drawLabels(scene, layout)
    this.#drawMarkers(scene, layout, x)
    each(this.#groups.now!, 'line', scene.running ? [scene.now] : [], (now) => ({
      class: 'af-now', x1: x(now), x2: x(now), y1: layout.lanesTop, y2: layout.lanesBottom,
    }))
  }

  #drawAxis({ span, burst }: Scene, layout: Layout, x: (at: number) => number): void {
    const places = ticks(span, burst.from, (layout.right - layout.left) / 90)
    each(this.#groups.ticks!, 'line', places, (place) => ({
      class: place === 0 ? 'af-frame' : 'af-tick',
      x1: x(burst.from + place), x2: x(burst.from + place), y1: layout.lanesTop - 4, y2: layout.lanesBottom,
    }))
    each(this.#groups.tickTexts!, 'text', places, (place) => ({
      x: x(burst.from + place), y: layout.lanesBottom + 13, 'text-anchor': 'middle',
      text: place === 0 ? '0' : formatSpan(place),
    }))
    // Where lanes are roomy the empty ones below are ruled as well, like a ledger.
    const pitch = layout.roomy ? layout.pitch : 0
    const count = pitch ? Math.floor((layout.lanesBottom - layout.lanesTop) / pitch) : 0
    const lines = [...Array.from({ length: count }, (_, i) => layout.lanesTop + (i + 1) * pitch), layout.lanesBottom]
    each(this.#groups.rules!, 'line', lines, (y) => ({
      class: y === layout.lanesBottom ? 'af-frame' : 'af-rule', x1: 0, x2: layout.right, y1: y, y2: y,
    }))
  }

  #drawOffline({ offline }: Scene, layout: Layout, x: (at: number) => number): void {
    each(this.#groups.offline!, 'rect', offline, ({ from, to }) => ({
      class: 'af-away-edge', fill: `url(#${this.#awayStripes})`,
      x: x(from), width: Math.max(x(to) - x(from), THINNEST), y: layout.lanesTop - 4, height: layout.lanesBottom - layout.lanesTop + 4,
    }))
    const wide = offline.filter(({ from, to }) => x(to) - x(from) > 60)
    each(this.#groups.offlineTexts!, 'text', wide, ({ from, to }) => ({
      x: (x(from) + x(to)) / 2, y: layout.lanesBottom - 12, 'text-anchor': 'middle', text: 'offline',
    }))
  }

  #drawRefreshes({ burst, now }: Scene, layout: Layout, x: (at: number) => number): void {
    const { refreshes } = burst
    const start = (refresh: Refresh) => x(refresh.from)
    const stop = (refresh: Refresh) => Math.max(x(refresh.to ?? now), x(refresh.from) + THINNEST)

    each(this.#groups.bands!, 'rect', refreshes, (refresh) => ({
      class: refresh.outcome === 'failed' ? 'af-band-failed' : 'af-band',
      x: start(refresh), width: stop(refresh) - start(refresh), y: layout.refreshY, height: layout.lanesBottom - layout.refreshY,
    }))
    const edges = refreshes.flatMap((refresh) => [start(refresh), stop(refresh)])
    each(this.#groups.bandEdges!, 'line', edges, (edge) => ({
      class: 'af-band-edge', x1: edge, x2: edge, y1: layout.refreshY, y2: layout.lanesBottom,
    }))
    each(this.#groups.steps!, 'rect', refreshes.flatMap((refresh) => refresh.steps), (step) => ({
      class: `af-step-${step.kind}`, rx: 2,
      x: x(step.from), width: Math.max(x(step.to ?? now) - x(step.from), THINNEST), y: layout.refreshY, height: layout.refreshHeight,
    }))
    const texts = refreshes.flatMap((refresh, index) => {
      const next = refreshes[index + 1]
      const text = refreshText(refresh, now)
      const sends = refresh.steps.filter((step) => step.kind === 'send')
      const bar = sends.find((step) => fitsInside(text, x(step.from), x(step.to ?? now)))
      if (bar) return [inside(text, x(bar.from), x(bar.to ?? now))]
      return placeOutside(text, start(refresh), stop(refresh), next ? start(next) : layout.right + 40, layout.left)
    })
    each(this.#groups.bandTexts!, 'text', texts, ({ text, at, anchor }) => ({
      class: anchor === 'middle' ? 'af-band-text-in' : 'af-band-text', x: at, y: layout.refreshY + layout.refreshHeight / 2, 'text-anchor': anchor, text,
    }))
  }

  #drawLanes({ burst, now, hovered }: Scene, layout: Layout, x: (at: number) => number): void {
    const { lanes } = burst
    const top = (index: number) => layout.lanesTop + index * layout.pitch + (layout.pitch - layout.laneHeight) / 2
    const bars = lanes.flatMap((lane, index) => lane.segments.map((segment) => ({ segment, y: top(index) })))
    each(this.#groups.segments!, 'rect', bars, ({ segment, y }) => ({
      class: `af-${segment.kind}`,
      fill: segment.kind === 'wait' ? `url(#${this.#stripes})` : null,
      x: x(segment.from), width: Math.max(x(segment.to ?? now) - x(segment.from), THINNEST), y, height: layout.laneHeight,
      rx: Math.min(2, layout.laneHeight / 3),
    }))
    each(this.#groups.hover!, 'rect', hovered ? [lanes.indexOf(hovered)] : [], (index) => ({
      class: 'af-hover', x: 0, width: layout.width, y: layout.lanesTop + index * layout.pitch, height: layout.pitch,
    }))

    const ended = lanes.map((lane, index) => ({ lane, y: top(index) })).filter(({ lane }) => lane.to !== null)
    each(this.#groups.ends!, 'rect', ended.filter(({ lane }) => lane.failure === null), ({ lane, y }) => ({
      class: isBad(lane) ? 'af-end-bad' : 'af-end',
      x: x(lane.to!), width: 2, y, height: layout.laneHeight,
    }))
    const arm = Math.min(layout.laneHeight / 2, 4)
    each(this.#groups.crosses!, 'path', ended.filter(({ lane }) => lane.failure !== null), ({ lane, y }) => ({
      class: 'af-cross',
      d: cross(x(lane.to!) + arm + 2, y + layout.laneHeight / 2, arm),
    }))
    each(this.#groups.texts!, 'text', layout.roomy ? laneTexts(ended, layout, x) : [], (text) => text)
  }

  #drawLabels({ burst }: Scene, layout: Layout): void {
    const narrow = layout.left < 100
    const groups: LabelGroup[] = layout.roomy
      ? burst.lanes.flatMap((lane) => groupLabels([lane], narrow)).map((group, first) => ({ ...group, first }))
      : groupLabels(burst.lanes, narrow)
    const middle = (group: LabelGroup) => layout.lanesTop + (group.first + group.count / 2) * layout.pitch
    const readable = groups.filter((group) => group.count * layout.pitch >= 12)
    const room = Math.floor((layout.left - 14) / 6.7)

    each(this.#groups.brackets!, 'path', layout.roomy ? [] : readable, (group) => ({
      class: 'af-bracket',
      d: bracket(layout.left - 5, layout.lanesTop + group.first * layout.pitch + 1, group.count * layout.pitch - 2),
    }))
    const own = burst.refreshes.length
      ? [{ class: 'af-label af-label-own', x: 0, y: layout.refreshY + layout.refreshHeight / 2, text: 'refresh' }]
      : []
    const labels = readable.map((group) => {
      const text = group.count > 1 ? `${shorten(group.text, room - 4)} ×${group.count}` : shorten(group.text, room)
      return { class: 'af-label', x: 0, y: middle(group), text }
    })
    each(this.#groups.labels!, 'text', [...own, ...labels], (label) => label)
  }

  #drawMarkers({ markers, span, burst }: Scene, layout: Layout, x: (at: number) => number): void {
    const within = markers.filter((marker) => sideOf(marker, span) === 'inside')
    each(this.#groups.markers!, 'line', within, (marker) => ({
      class: `af-marker af-marker-${marker.kind}`, x1: x(marker.at), x2: x(marker.at), y1: layout.markerY + 5, y2: layout.lanesBottom,
    }))
    // Of what led up to the picture the latest says most, of what followed it as well.
    const before = markers.filter((marker) => marker.at < span.from).slice(-1)
    const after = markers.filter((marker) => marker.at > span.to).slice(-1)
    const flags = [...before, ...within, ...after]
    each(this.#groups.flags!, 'path', flags, (marker) => ({
      class: `af-flag af-flag-${marker.kind}`, d: flag(x(marker.at), layout.markerY, sideOf(marker, span)),
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
    each(this.#groups.flagTexts!, 'text', texts, ({ text, at, anchor }) => ({
      class: 'af-flag-text', x: at, y: layout.markerY, 'text-anchor': anchor, text,
    }))
  }
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

interface PlacedText {
  text: string
  at: number
  anchor: 'start' | 'middle' | 'end'
}

function fitsInside(text: string, from: number, to: number): boolean {
  return to - from > text.length * CHARACTER + 12
}

function inside(text: string, from: number, to: number): PlacedText {
  return { text, at: (from + to) / 2, anchor: 'middle' }
}

/** Text after a thing where there is room, else before it, else none. */
function placeOutside(text: string, from: number, to: number, rightLimit: number, leftLimit: number): PlacedText[] {
  const width = text.length * CHARACTER
  if (to + 5 + width <= rightLimit) return [{ text, at: to + 5, anchor: 'start' }]
  if (from - 5 - width >= leftLimit) return [{ text, at: from - 5, anchor: 'end' }]
  return []
}

function refreshText(refresh: Refresh, now: number): string {
  const took = formatSpan((refresh.to ?? now) - refresh.from)
  switch (refresh.outcome) {
    case 'adopted':
      return refresh.to === null ? 'adopting' : `adopted ${took}`
    case 'failed':
      return `refused ${refresh.status ?? ''}`.trim()
    case 'postponed':
      return 'postponed'
    default:
      return `refresh ${took}`
  }
}

function laneTexts(ended: { lane: Lane; y: number }[], layout: Layout, x: (at: number) => number) {
  return ended.flatMap(({ lane, y }) => {
    const middle = y + layout.laneHeight / 2
    const inBars = lane.answers.flatMap((answer) => {
      const bar = lane.segments.find((segment) => segment.to === answer.at)
      if (!bar || answer.at === lastAnswerAt(lane) || barWidth(bar, x) < 34) return []
      return [{ class: 'af-in-bar', x: x(answer.at) - 6, y: middle, 'text-anchor': 'end', text: String(answer.status) }]
    })
    const outcome = lane.failure ?? String(lane.status)
    // A failed lane ends in a cross, which needs its own room.
    const end = x(lane.to!) + (lane.failure === null ? 2 : 11)
    const placed = placeOutside(outcome, x(lane.from), end, layout.width, layout.left)
    const after = placed.map(({ text, at, anchor }) => ({
      class: isBad(lane) ? 'af-bad' : 'af-status', x: at, y: middle, 'text-anchor': anchor, text,
    }))
    return [...inBars, ...after]
  })
}

/** The last answer is told after the lane. */
function lastAnswerAt(lane: Lane): number | null {
  return lane.failure === null ? (lane.answers.at(-1)?.at ?? null) : null
}

function barWidth(segment: Segment, x: (at: number) => number): number {
  return x(segment.to!) - x(segment.from)
}

function isBad(lane: Lane): boolean {
  return lane.failure !== null || (lane.status ?? 0) >= 400
}

function shorten(text: string, room: number): string {
  return text.length > room ? `${text.slice(0, Math.max(room - 1, 1))}…` : text
}

function cross(x: number, y: number, arm: number): string {
  return `M${x - arm} ${y - arm}L${x + arm} ${y + arm}M${x - arm} ${y + arm}L${x + arm} ${y - arm}`
}

function bracket(x: number, y: number, height: number): string {
  return `M${x + 3} ${y}H${x}V${y + height}H${x + 3}`
}

/** A diamond on its moment, or an arrow to what lies outside of the picture. */
function flag(x: number, y: number, side: 'before' | 'inside' | 'after'): string {
  if (side === 'before') return `M${x - 5} ${y}L${x + 3} ${y - 5}V${y + 5}Z`
  if (side === 'after') return `M${x + 5} ${y}L${x - 3} ${y - 5}V${y + 5}Z`
  return `M${x} ${y - 5}L${x + 5} ${y}L${x} ${y + 5}L${x - 5} ${y}Z`
}

function stripes(id: string, size: number, line: string, ground?: string): SVGElement {
  const pattern = svg('pattern', {
    id, width: size, height: size, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)',
  })
  if (ground) pattern.append(svg('rect', { width: size, height: size, class: ground }))
  pattern.append(svg('line', { x1: 0, x2: 0, y1: 0, y2: size, class: line }))
  return pattern
}
