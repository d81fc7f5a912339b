/** What happened in a burst, in words: the caption, and what a screen reader hears. */
import { waitedForRefresh, wasReplayed, type Burst, type Lane, type Marker, type Refresh } from './parts.js'
import { formatSpan } from './scale.js'

/** Without a burst, what happened to the session is all there is to tell. */
export function describe(burst: Burst | null, markers: Marker[]): string {
  const latest = markers.at(-1)
  if (!burst) return latest ? `${markerLabel(latest)}.` : ''
  const after = latest && latest.at > burst.last ? `Then: ${lowerFirst(markerLabel(latest))}.` : ''
  return [describeLanes(burst.lanes), ...burst.refreshes.map(describeRefresh), after]
    .filter(Boolean)
    .join(' ')
}

function describeLanes(lanes: Lane[]): string {
  if (!lanes.length) return ''
  const total = lanes.length
  const facts: string[] = []
  function tell(which: (lane: Lane) => boolean, one: string, several = one): void {
    const n = lanes.filter(which).length
    if (!n) return
    if (total === 1) facts.push(one)
    else facts.push(`${n === total ? 'all' : n} ${n === 1 ? one : several}`)
  }
  const open = (lane: Lane) => lane.to === null
  const failed = (lane: Lane) => lane.failure !== null
  const answered = (lane: Lane) => !open(lane) && !failed(lane)
  const statuses = new Set(lanes.filter(answered).map((lane) => lane.status))

  tell(wasReplayed, 'met a 401 and was sent again', 'met a 401 and were sent again')
  tell((lane) => waitedForRefresh(lane) && !wasReplayed(lane) && !failed(lane), 'waited for the new token')
  tell(open, 'under way')
  tell(answered, statuses.size === 1 ? `answered ${[...statuses][0]}` : 'answered')
  tell(failed, 'failed')

  const end = Math.max(...lanes.map((lane) => lane.to ?? Infinity))
  const took = end === Infinity ? '' : ` in ${formatSpan(end - lanes[0]!.from)}`
  return `${total} request${total === 1 ? '' : 's'}: ${facts.join(', ')}${took}.`
}

function describeRefresh(refresh: Refresh): string {
  const took = refresh.to === null ? '' : formatSpan(refresh.to - refresh.from)
  const tries = refresh.steps.filter((step) => step.kind === 'send').length
  switch (refresh.outcome) {
    case 'open':
      return 'One refresh is under way.'
    case 'done':
      return `One refresh, ${tries > 1 ? `at try ${tries}, ` : ''}${took}.`
    case 'adopted':
      return 'Another tab had refreshed; its token was taken over.'
    case 'postponed':
      return `The refresh failed in passing after ${took}; the session stays.`
    case 'failed':
      return 'The refresh was refused; the session is over.'
  }
}

export function markerLabel({ kind, remote }: Marker): string {
  const what = {
    signin: 'Signed in',
    signout: 'Signed out',
    refresh: 'Refreshed',
    expired: 'Token expired',
    revoked: 'Revoked by the server',
    offline: 'Offline',
    online: 'Online',
  }[kind]
  return remote ? `${what} in another tab` : what
}

/** What became of a request, step by step. */
export function describeLane(lane: Lane): string {
  const words = {
    wait: 'waited',
    sent: 'sent',
    refused: 'sent, refused',
    renewed: 'sent with the new token',
    untouched: 'sent untouched',
  }
  const steps = lane.segments.map(({ kind, from, to, reason }) => {
    const name = kind === 'wait' && reason ? `waited (${reason})` : words[kind]
    return to === null ? `${name}…` : `${name} ${formatSpan(to - from)}`
  })
  const outcome = lane.failure ?? (lane.status === null ? '' : String(lane.status))
  return [...steps, outcome].filter(Boolean).join(' → ')
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
