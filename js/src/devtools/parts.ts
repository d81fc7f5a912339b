/** What a timeline is made of. Times are milliseconds since 1970. */

export type SegmentKind =
  /** waiting, and not on the wire */
  | 'wait'
  /** on the wire */
  | 'sent'
  /** on the wire with a token that turned out to be refused */
  | 'refused'
  /** on the wire with a token that a refresh brought */
  | 'renewed'
  /** on the wire without a token of the session */
  | 'untouched'

export interface Segment {
  kind: SegmentKind
  from: number
  /** null while it lasts */
  to: number | null
  /** what it waits for: 'ready', 'refresh' or 'handler' */
  reason?: string
}

export interface Answer {
  at: number
  status: number
}

export interface Lane {
  key: string
  method: string
  url: string
  from: number
  to: number | null
  segments: Segment[]
  answers: Answer[]
  /** the status that the caller got */
  status: number | null
  /** why the caller got none */
  failure: string | null
}

export interface Step {
  /** 'queue' is the time before this tab's turn comes, 'send' a call, 'pause' the time before the next try */
  kind: 'queue' | 'send' | 'pause'
  from: number
  to: number | null
}

export interface Refresh {
  from: number
  to: number | null
  reason: string
  steps: Step[]
  /** 'adopted' is done, but by another tab; 'failed' ends the session, 'postponed' does not */
  outcome: 'open' | 'done' | 'adopted' | 'postponed' | 'failed'
  status: number | null
}

export type MarkerKind = 'signin' | 'signout' | 'refresh' | 'expired' | 'revoked' | 'offline' | 'online'

export interface Marker {
  at: number
  kind: MarkerKind
  /** whether another tab did it */
  remote: boolean
}

export interface Burst {
  from: number
  /** the last thing that happened in it */
  last: number
  lanes: Lane[]
  refreshes: Refresh[]
}

export function waitedForRefresh(lane: Lane): boolean {
  return lane.segments.some((segment) => segment.kind === 'wait' && segment.reason === 'refresh')
}

export function wasReplayed(lane: Lane): boolean {
  return (
    lane.segments.some((segment) => segment.kind === 'refused') && lane.segments.at(-1)?.kind === 'renewed'
  )
}
