/** Draws one burst. Holds no state of its own but the elements. */
import { each, set, svg } from './dom.js'
import { drawAxis, drawOffline } from './draw/axis.js'
import { LAYERS, type Frame, type Layer, type Scene } from './draw/frame.js'
import { drawLabels } from './draw/labels.js'
import { drawLanes } from './draw/lanes.js'
import { drawMarkers } from './draw/markers.js'
import { drawRefreshes } from './draw/refreshes.js'
import { layOut, type Layout } from './layout.js'
import type { Lane } from './parts.js'

/** Patterns have ids, which must be unique in a page with several timelines. */
let pictures = 0

export class Picture {
  readonly element: SVGElement
  readonly #layers = new Map<Layer, SVGElement>(LAYERS.map((name) => [name, svg('g')]))
  readonly #stripes: string
  readonly #awayStripes: string
  #layout: Layout | null = null

  constructor() {
    pictures += 1
    this.#stripes = `af-stripes-${pictures}`
    this.#awayStripes = `af-away-${pictures}`
    const patterns = svg(
      'defs',
      {},
      stripes(this.#stripes, 7, 'af-stripe', 'af-stripe-ground'),
      stripes(this.#awayStripes, 8, 'af-away-stripe'),
    )
    this.element = svg('svg', { class: 'af-picture', role: 'img' }, patterns, ...this.#layers.values())
  }

  /** The lane at a height, for the pointer. */
  laneAt(y: number, lanes: Lane[]): Lane | null {
    const layout = this.#layout
    if (!layout || y < layout.lanesTop) return null
    return lanes[Math.floor((y - layout.lanesTop) / layout.pitch)] ?? null
  }

  draw(scene: Scene): void {
    const { burst, span, width, height, running, now } = scene
    const layout = layOut(burst.lanes.length, width, height)
    this.#layout = layout
    set(this.element, { viewBox: `0 0 ${width} ${height}` })

    const scale = (layout.right - layout.left) / (span.to - span.from)
    const x = (at: number) =>
      Math.min(Math.max(layout.left + (at - span.from) * scale, layout.left), layout.right)
    const frame: Frame = {
      ...scene,
      layout,
      x,
      stripes: `url(#${this.#stripes})`,
      awayStripes: `url(#${this.#awayStripes})`,
      fill: (layer, name, items, draw) => each(this.#layers.get(layer)!, name, items, draw),
    }
    drawAxis(frame)
    drawOffline(frame)
    drawRefreshes(frame)
    drawLanes(frame)
    drawLabels(frame)
    drawMarkers(frame)
    frame.fill('now', 'line', running ? [now] : [], (at) => ({
      class: 'af-now',
      x1: x(at),
      x2: x(at),
      y1: layout.lanesTop,
      y2: layout.lanesBottom,
    }))
  }
}

function stripes(id: string, size: number, line: string, ground?: string): SVGElement {
  const pattern = svg('pattern', {
    id,
    width: size,
    height: size,
    patternUnits: 'userSpaceOnUse',
    patternTransform: 'rotate(45)',
  })
  if (ground) pattern.append(svg('rect', { width: size, height: size, class: ground }))
  pattern.append(svg('line', { x1: 0, x2: 0, y1: 0, y2: size, class: line }))
  return pattern
}
