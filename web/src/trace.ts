/** Where everything that happens is told: the client's trace, and what the page itself knows. */
import { Timeline, type TraceEvent } from 'authfetch/devtools'
import { byId } from './dom'
import { updateFigures } from './figures'

export const timeline = new Timeline(byId('timeline'))

export function trace(event: TraceEvent): void {
  timeline.add(event)
  updateFigures(timeline.counts)
}

/** For what the client cannot know: see the `mark.*` events of the timeline. */
export function mark(what: 'expired' | 'revoked' | 'offline' | 'online'): void {
  trace({ at: Date.now(), type: `mark.${what}` })
}
