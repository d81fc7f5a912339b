/** Where things go, in pixels from the upper left corner of the picture. */
import type { Lane } from './parts.js'

export interface Layout {
  width: number
  height: number
  /** the part to the right of the labels */
  left: number
  right: number
  markerY: number
  refreshY: number
  refreshHeight: number
  lanesTop: number
  lanesBottom: number
  /** from one lane to the next */
  pitch: number
  laneHeight: number
  /** whether a lane is high enough for text */
  roomy: boolean
  /** whether labels have to be short */
  narrow: boolean
}

const NARROW = 560
const MARKERS = 22
const REFRESH = 20
const AXIS = 24
const MOST_PITCH = 26
const LEAST_ROOMY = 13

export function layOut(laneCount: number, width: number, height: number): Layout {
  const narrow = width < NARROW
  const lanesTop = MARKERS + REFRESH + 8
  const lanesBottom = height - AXIS
  const pitch = Math.min((lanesBottom - lanesTop) / Math.max(laneCount, 1), MOST_PITCH)
  // Gaps shrink before the lanes do: fifty are a field, not a fence.
  const gap = pitch >= LEAST_ROOMY ? 5 : pitch >= 6 ? 1.5 : 0.75
  return {
    width,
    height,
    left: narrow ? 84 : 138,
    right: width - (narrow ? 10 : 46),
    markerY: MARKERS / 2 + 1,
    refreshY: MARKERS,
    refreshHeight: REFRESH - 6,
    lanesTop,
    lanesBottom,
    pitch,
    laneHeight: pitch - gap,
    roomy: pitch >= LEAST_ROOMY,
    narrow,
  }
}

export interface LabelGroup {
  text: string
  first: number
  count: number
}

/** Lanes that stand together and ask for the same thing share one label. */
export function groupLabels(lanes: Lane[], narrow: boolean): LabelGroup[] {
  const groups: LabelGroup[] = []
  lanes.forEach((lane, index) => {
    const text = laneLabel(lane, narrow)
    const last = groups.at(-1)
    if (last?.text === text) last.count += 1
    else groups.push({ text, first: index, count: 1 })
  })
  return groups
}

/** `GET /api/items`, or where there is little room its last word. */
export function laneLabel({ method, url }: Lane, narrow: boolean): string {
  const path = url.replace(/^[a-z]+:\/\/[^/]+/i, '').split('?')[0] || '/'
  if (narrow) return path.split('/').filter(Boolean).at(-1) ?? '/'
  return `${method} ${path}`
}
