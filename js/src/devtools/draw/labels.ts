import { groupLabels, type LabelGroup } from '../layout.js'
import type { Frame } from './frame.js'
import { shorten } from './text.js'

/** What the lanes asked for; where lanes are thin, a bracket and one label for all that are alike. */
export function drawLabels({ burst, layout, fill }: Frame): void {
  const groups: LabelGroup[] = layout.roomy
    ? burst.lanes
        .flatMap((lane) => groupLabels([lane], layout.narrow))
        .map((group, first) => ({ ...group, first }))
    : groupLabels(burst.lanes, layout.narrow)
  const middle = (group: LabelGroup) => layout.lanesTop + (group.first + group.count / 2) * layout.pitch
  const readable = groups.filter((group) => group.count * layout.pitch >= 12)
  const room = Math.floor((layout.left - 14) / 6.7)

  fill('brackets', 'path', layout.roomy ? [] : readable, (group) => ({
    class: 'af-bracket',
    d: bracket(
      layout.left - 5,
      layout.lanesTop + group.first * layout.pitch + 1,
      group.count * layout.pitch - 2,
    ),
  }))
  const own = burst.refreshes.length
    ? [
        {
          class: 'af-label af-label-own',
          x: 0,
          y: layout.refreshY + layout.refreshHeight / 2,
          text: 'refresh',
        },
      ]
    : []
  const labels = readable.map((group) => {
    const text =
      group.count > 1 ? `${shorten(group.text, room - 4)} ×${group.count}` : shorten(group.text, room)
    return { class: 'af-label', x: 0, y: middle(group), text }
  })
  fill('labels', 'text', [...own, ...labels], (label) => label)
}

function bracket(x: number, y: number, height: number): string {
  return `M${x + 3} ${y}H${x}V${y + height}H${x + 3}`
}
