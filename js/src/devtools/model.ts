/**
 * Turns trace events into what can be drawn. Knows nothing of a document, so it
 * is tested without one.
 *
 * Requests become lanes, refreshes become bands across them, and what happens to
 * the session becomes markers. Activity comes in bursts with quiet between them;
 * a burst is what is looked at at one time. Markers start no burst: those between
 * two bursts followed the one and led up to the other.
 */
import type { TraceEvent } from './events.js'
import { waitedForRefresh, type Burst, type Lane, type Marker, type Refresh } from './parts.js'

/** How long nothing may happen before what follows is another burst, in ms. */
const QUIET = 500
/** How many requests are kept, over all bursts. */
const MAX_LANES = 80
/** How many markers are kept. */
const MAX_MARKERS = 200

export interface Counts {
  requests: number
  waited: number
  replays: number
  refreshes: number
  adopted: number
  failed: number
}

export class Model {
  readonly bursts: Burst[] = []
  readonly markers: Marker[] = []
  readonly counts: Counts = { requests: 0, waited: 0, replays: 0, refreshes: 0, adopted: 0, failed: 0 }

  readonly #openLanes = new Map<string, Lane>()
  readonly #openRefreshes = new Map<string, Refresh>()

  /** Whether something is under way, so that the picture changes by itself. */
  get running(): boolean {
    return this.#openLanes.size + this.#openRefreshes.size > 0
  }

  /** Tells whether the event changed anything. */
  add(event: TraceEvent): boolean {
    const [subject, what] = event.type.split('.')
    const changed =
      subject === 'request'
        ? this.#request(what, event)
        : subject === 'refresh'
          ? this.#refresh(what, event)
          : subject === 'session'
            ? this.#session(what, event)
            : subject === 'mark'
              ? this.#mark(what, event)
              : false
    const burst = this.bursts.at(-1)
    const active = subject === 'request' || subject === 'refresh'
    if (changed && active && burst) burst.last = Math.max(burst.last, event.at)
    return changed
  }

  /** The markers to be seen with a burst: those in it, before it and after it. */
  markersOf(burst: Burst): Marker[] {
    const index = this.bursts.indexOf(burst)
    const after = this.bursts[index - 1]?.last ?? -Infinity
    const before = this.bursts[index + 1]?.from ?? Infinity
    return this.markers.filter((marker) => marker.at > after && marker.at < before)
  }

  /** The times without a network that touch a span. */
  offlineWithin(from: number, to: number): { from: number; to: number }[] {
    const spans: { from: number; to: number }[] = []
    for (const { at, kind } of this.markers) {
      if (kind === 'offline') spans.push({ from: at, to: Infinity })
      else if (kind === 'online' && spans.length) spans.at(-1)!.to = at
    }
    return spans.filter((span) => span.from < to && span.to > from)
  }

  clear(): void {
    this.bursts.length = 0
    this.markers.length = 0
    this.#openLanes.clear()
    this.#openRefreshes.clear()
    for (const name of Object.keys(this.counts) as (keyof Counts)[]) this.counts[name] = 0
  }

  #request(what: string | undefined, event: TraceEvent): boolean {
    const key = `${event.client ?? ''}/${event.id}`
    if (what === 'start') {
      this.#startLane(key, event)
      return true
    }
    const lane = this.#openLanes.get(key)
    if (!lane) return false

    switch (what) {
      case 'untouched':
        begin(lane.segments, { kind: 'untouched', from: event.at, to: null })
        return true
      case 'wait':
        this.#wait(lane, event)
        return true
      case 'send':
        this.#send(lane, event)
        return true
      case 'answer':
        end(lane.segments, event.at)
        lane.answers.push({ at: event.at, status: event.status ?? 0 })
        if (event.status === 401) refuseLast(lane)
        return true
      case 'done':
        lane.status = event.status ?? 0
        this.#endLane(lane, event.at)
        return true
      case 'fail':
        lane.failure = event.code ?? event.name ?? 'failed'
        this.counts.failed += 1
        this.#endLane(lane, event.at)
        return true
      default:
        return false
    }
  }

  #startLane(key: string, event: TraceEvent): void {
    const lane: Lane = {
      key,
      method: event.method ?? 'GET',
      url: event.url ?? '',
      from: event.at,
      to: null,
      segments: [],
      answers: [],
      status: null,
      failure: null,
    }
    this.#burstAt(event.at).lanes.push(lane)
    this.#openLanes.set(key, lane)
    this.counts.requests += 1
    this.#forgetOldLanes()
  }

  #wait(lane: Lane, event: TraceEvent): void {
    const reason = event.reason ?? ''
    if (reason === 'refresh') {
      if (lane.answers.length) refuseLast(lane)
      if (!waitedForRefresh(lane)) this.counts.waited += 1
    }
    begin(lane.segments, { kind: 'wait', from: event.at, to: null, reason })
  }

  #send(lane: Lane, event: TraceEvent): void {
    const again = (event.attempt ?? 1) > 1
    if (again) {
      refuseLast(lane)
      this.counts.replays += 1
    }
    const untouched = lane.segments.at(-1)?.kind === 'untouched'
    const kind = untouched ? 'untouched' : again || waitedForRefresh(lane) ? 'renewed' : 'sent'
    begin(lane.segments, { kind, from: event.at, to: null })
  }

  #endLane(lane: Lane, at: number): void {
    end(lane.segments, at)
    lane.to = at
    this.#openLanes.delete(lane.key)
  }

  #refresh(what: string | undefined, event: TraceEvent): boolean {
    const key = event.client ?? ''
    if (what === 'start') {
      const started: Refresh = {
        from: event.at,
        to: null,
        reason: event.reason ?? '',
        steps: [{ kind: 'queue', from: event.at, to: null }],
        outcome: 'open',
        status: null,
      }
      this.#burstAt(event.at).refreshes.push(started)
      this.#openRefreshes.set(key, started)
      return true
    }
    const refresh = this.#openRefreshes.get(key)
    if (!refresh) return false
    const finish = (outcome: Refresh['outcome']) => {
      end(refresh.steps, event.at)
      refresh.to = event.at
      refresh.outcome = outcome
      this.#openRefreshes.delete(key)
    }

    switch (what) {
      case 'lock':
        end(refresh.steps, event.at)
        return true
      case 'send':
        begin(refresh.steps, { kind: 'send', from: event.at, to: null })
        return true
      case 'retry':
        refresh.status = event.status ?? null
        begin(refresh.steps, { kind: 'pause', from: event.at, to: null })
        return true
      case 'adopt':
        this.counts.adopted += 1
        finish('adopted')
        return true
      case 'done':
        this.counts.refreshes += 1
        finish('done')
        return true
      case 'fail':
        refresh.status = event.status ?? null
        finish(event.transient === true ? 'postponed' : 'failed')
        return true
      default:
        return false
    }
  }

  #session(what: string | undefined, event: TraceEvent): boolean {
    const remote = event.remote === true
    // A refresh of one's own is a band already.
    if (what === 'refresh' && !remote) return false
    if (what !== 'signin' && what !== 'signout' && what !== 'refresh') return false
    this.#addMarker({ at: event.at, kind: what, remote })
    return true
  }

  #mark(what: string | undefined, event: TraceEvent): boolean {
    if (what !== 'expired' && what !== 'revoked' && what !== 'offline' && what !== 'online') return false
    this.#addMarker({ at: event.at, kind: what, remote: false })
    return true
  }

  #addMarker(marker: Marker): void {
    this.markers.push(marker)
    if (this.markers.length > MAX_MARKERS) this.markers.shift()
  }

  /** The burst that something at this time belongs to. */
  #burstAt(at: number): Burst {
    const current = this.bursts.at(-1)
    if (current && (this.running || at - current.last <= QUIET)) return current
    const burst: Burst = { from: at, last: at, lanes: [], refreshes: [] }
    this.bursts.push(burst)
    return burst
  }

  #forgetOldLanes(): void {
    let surplus = this.bursts.reduce((sum, burst) => sum + burst.lanes.length, 0) - MAX_LANES
    for (const burst of [...this.bursts]) {
      if (surplus <= 0) return
      for (const lane of burst.lanes.splice(0, surplus)) {
        this.#openLanes.delete(lane.key)
        surplus -= 1
      }
      if (!burst.lanes.length && burst !== this.bursts.at(-1)) {
        this.bursts.splice(this.bursts.indexOf(burst), 1)
      }
    }
  }
}

function begin<T extends { from: number; to: number | null }>(spans: T[], span: T): void {
  end(spans, span.from)
  spans.push(span)
}

function end(spans: { to: number | null }[], at: number): void {
  const last = spans.at(-1)
  if (last && last.to === null) last.to = at
}

/** What was on the wire last carried a token that the server no longer took. */
function refuseLast(lane: Lane): void {
  const last = lane.segments.findLast((segment) => segment.kind !== 'wait')
  if (last && last.kind === 'sent') last.kind = 'refused'
}
