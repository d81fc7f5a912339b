/**
 * What the timeline is told: the trace of an authfetch client as its `debug`
 * option hands it out, and the `mark.*` events by which a page adds what only it
 * knows. Types that are not known here are ignored, so an older timeline can be
 * used with a newer client.
 */
export interface TraceEvent {
  /** When it happened: milliseconds since 1970, with a fraction. */
  at: number
  /** The name of the client, which tells two clients of one page apart. */
  client?: string
  /** The subject and what became of it: 'request.start', 'refresh.done', … */
  type: string
  id?: number
  method?: string
  url?: string
  attempt?: number
  status?: number
  reason?: string
  code?: string
  name?: string
  transient?: boolean
  remote?: boolean
}
