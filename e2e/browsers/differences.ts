// The tests that another browser than Chromium cannot be asked, each with the
// reason: a row is how the title of a test, or of a group, begins. Nothing is skipped
// anywhere else. browsers.spec.ts fails for a row that is none's beginning any more, and
// js/docs/browsers.md tells applications what of this concerns them.
interface Difference {
  test: string
  firefox?: string
  webkit?: string
}

const noStreams = 'it sends no stream as a body'
const noClock = 'WebDriver has no clock of its own for a page'
const noEvents = 'WebDriver does not tell what the console says'

const streams = [
  'an upload flows while it is written',
  'a large upload is whole',
  'an upload is whole after a 401',
  'an upload whose 401',
  'an upload whose line breaks',
  'a stream that breaks',
  'an aborted upload cancels',
].map((test): Difference => ({ test, firefox: noStreams, webkit: noStreams }))

const noRoutes = 'WebDriver does not stand between a page and its network'
export const differences: Difference[] = [
  ...streams,
  { test: 'the console is told what happens', webkit: noEvents },
  { test: 'an adapter that never answers', webkit: noClock },
  { test: 'a token that expired long ago', webkit: noClock },
  { test: 'the JWT says when it expires', webkit: noClock },
  { test: 'five minutes before a token expires', webkit: noClock },
  { test: 'axios hands on why the token could not be refreshed', webkit: noRoutes },
  { test: 'a frame without an origin of its own', webkit: 'the driver here reaches no frame' },
  { test: 'keepalive and priority hold', firefox: 'the exchange is over once the page is left' },
  {
    test: 'the answer that was refused is let go',
    firefox: 'a cloned answer is read on though both are cancelled',
    webkit: 'a cloned answer is read on though both are cancelled',
  },
  { test: 'wrong arguments are refused', webkit: 'its fetch takes a signal that is none' },
]

const escaped = (title: string) => title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** What the titles of the tests look like that a browser cannot be asked. */
export const differs = (browser: 'firefox' | 'webkit'): RegExp[] =>
  differences.filter((row) => row[browser]).map(({ test }) => new RegExp(escaped(test)))
