import type { Lane, Segment } from '../parts.js'
import { THINNEST, type Frame } from './frame.js'
import { placeOutside } from './text.js'

export function drawLanes(frame: Frame): void {
  const { burst, now, hovered, layout, x, fill, stripes } = frame
  const { lanes } = burst
  const top = (index: number) =>
    layout.lanesTop + index * layout.pitch + (layout.pitch - layout.laneHeight) / 2
  const bars = lanes.flatMap((lane, index) => lane.segments.map((segment) => ({ segment, y: top(index) })))
  fill('segments', 'rect', bars, ({ segment, y }) => ({
    class: `af-${segment.kind}`,
    fill: segment.kind === 'wait' ? stripes : null,
    x: x(segment.from),
    width: Math.max(x(segment.to ?? now) - x(segment.from), THINNEST),
    y,
    height: layout.laneHeight,
    rx: Math.min(2, layout.laneHeight / 3),
  }))
  const hoveredIndex = hovered ? lanes.indexOf(hovered) : -1
  fill('hover', 'rect', hoveredIndex < 0 ? [] : [hoveredIndex], (index) => ({
    class: 'af-hover',
    x: 0,
    width: layout.width,
    y: layout.lanesTop + index * layout.pitch,
    height: layout.pitch,
  }))

  const ended = lanes.map((lane, index) => ({ lane, y: top(index) })).filter(({ lane }) => lane.to !== null)
  fill(
    'ends',
    'rect',
    ended.filter(({ lane }) => lane.failure === null),
    ({ lane, y }) => ({
      class: isBad(lane) ? 'af-end-bad' : 'af-end',
      x: x(lane.to!),
      width: 2,
      y,
      height: layout.laneHeight,
    }),
  )
  const arm = Math.min(layout.laneHeight / 2, 4)
  fill(
    'crosses',
    'path',
    ended.filter(({ lane }) => lane.failure !== null),
    ({ lane, y }) => ({
      class: 'af-cross',
      d: cross(x(lane.to!) + arm + 2, y + layout.laneHeight / 2, arm),
    }),
  )
  fill('texts', 'text', layout.roomy ? laneTexts(ended, frame) : [], (text) => text)
}

function laneTexts(ended: { lane: Lane; y: number }[], { layout, x }: Frame) {
  return ended.flatMap(({ lane, y }) => {
    const middle = y + layout.laneHeight / 2
    const inBars = lane.answers.flatMap((answer) => {
      const bar = lane.segments.find((segment) => segment.to === answer.at)
      if (!bar || answer.at === lastAnswerAt(lane) || barWidth(bar, x) < 34) return []
      return [
        {
          class: 'af-in-bar',
          x: x(answer.at) - 6,
          y: middle,
          'text-anchor': 'end',
          text: String(answer.status),
        },
      ]
    })
    const outcome = lane.failure ?? String(lane.status)
    // A failed lane ends in a cross, which needs its own room.
    const end = x(lane.to!) + (lane.failure === null ? 2 : 11)
    const placed = placeOutside(outcome, x(lane.from), end, layout.width, layout.left)
    const after = placed.map(({ text, at, anchor }) => ({
      class: isBad(lane) ? 'af-bad' : 'af-status',
      x: at,
      y: middle,
      'text-anchor': anchor,
      text,
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

function cross(x: number, y: number, arm: number): string {
  return `M${x - arm} ${y - arm}L${x + arm} ${y + arm}M${x - arm} ${y + arm}L${x + arm} ${y - arm}`
}
