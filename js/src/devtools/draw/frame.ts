import type { Attributes } from '../dom.js'
import type { Layout } from '../layout.js'
import type { Burst, Lane, Marker } from '../parts.js'
import type { Span } from '../scale.js'

/** What is to be drawn. */
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

/** The layers of the picture, from back to front. */
export const LAYERS = [
  'ticks',
  'tickTexts',
  'rules',
  'offline',
  'offlineTexts',
  'bands',
  'hover',
  'segments',
  'bandEdges',
  'ends',
  'crosses',
  'texts',
  'steps',
  'bandTexts',
  'markers',
  'flags',
  'flagTexts',
  'brackets',
  'labels',
  'now',
] as const

export type Layer = (typeof LAYERS)[number]

/** A scene with what is needed to draw it. */
export interface Frame extends Scene {
  layout: Layout
  /** the place of a time, kept within the picture */
  x: (at: number) => number
  /** paints */
  stripes: string
  awayStripes: string
  /** gives a layer one element for each item */
  fill: <T>(layer: Layer, name: string, items: T[], draw: (item: T) => Attributes & { text?: string }) => void
}

/** A bar is never so thin that it cannot be seen. */
export const THINNEST = 1.5
