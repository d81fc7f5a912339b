/** Times to places, and times to words. */

export interface Span {
  from: number
  to: number
}

/** The least that is shown of time, so that one quick request does not fill the picture, in ms. */
const LEAST = 40

/** What to show of a burst: all of it and some air, and while it runs room for what comes. */
export function spanOf(from: number, last: number, now: number, running: boolean): Span {
  const end = running ? Math.max(now, last) : last
  const length = Math.max(end - from, LEAST)
  // Growing in jumps, so that what is drawn rests most of the time.
  const shown = running
    ? LEAST * 1.6 ** Math.ceil(Math.log(length / LEAST / 0.85) / Math.log(1.6))
    : length * 1.1
  return { from: from - shown * 0.03, to: from + Math.max(shown, LEAST) }
}

/** Round times within a span, counted from `zero`, at most `most` of them. */
export function ticks(span: Span, zero: number, most: number): number[] {
  const rough = (span.to - span.from) / Math.max(most, 1)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough)!
  const places: number[] = []
  for (let i = Math.ceil((span.from - zero) / step); zero + i * step <= span.to; i++) places.push(i * step)
  return places
}

export function formatSpan(ms: number): string {
  if (ms < 9.95) return `${Number(ms.toFixed(1))} ms`
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${Number((ms / 1000).toFixed(ms < 9995 ? 2 : 1))} s`
  return `${Math.round(ms / 60_000)} min`
}
