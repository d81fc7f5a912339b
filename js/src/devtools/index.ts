// `authfetch/devtools`: what an authfetch client does, drawn, for the time in
// which an application is made. Nothing here belongs in what users download.
import { Panel } from './panel.js'
import type { SessionSource, TraceEvent } from './timeline.js'

export { Timeline, type Counts, type SessionSource, type TraceEvent } from './timeline.js'

export interface DevtoolsOptions {
  /** Whether the panel is open at first. Default false. */
  open?: boolean | undefined
  /** What the panel is put into. Default: the page's body. */
  parent?: Element | undefined
  /** Default: what the system prefers. */
  colorScheme?: 'light' | 'dark' | undefined
}

export interface Devtools {
  /** For a client's `debug`. Bound: it can be passed on by itself. */
  readonly trace: (event: TraceEvent) => void
  /** With the client, the moment at which its access token expires by itself is marked too. */
  readonly watch: (auth: SessionSource) => void
  readonly open: () => void
  readonly close: () => void
  /** Takes the panel out of the page. What is traced after that is passed over. */
  readonly destroy: () => void
}

/**
 * Puts a panel into the page, at its lower edge, that draws each request, each
 * wait and each refresh:
 *
 *     const devtools = mountDevtools()
 *     const auth = createAuth({ …, debug: devtools.trace })
 *     devtools.watch(auth)
 *
 * Where there is no page, on a server, it does nothing.
 */
export function mountDevtools(options: DevtoolsOptions = {}): Devtools {
  let panel: Panel | undefined
  if (typeof document !== 'undefined') panel = new Panel(options)
  return {
    trace: (event) => panel?.add(event),
    watch: (auth) => panel?.watch(auth),
    open: () => panel?.show(true),
    close: () => panel?.show(false),
    destroy() {
      panel?.destroy()
      panel = undefined
    },
  }
}
