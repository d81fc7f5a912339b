/** The timeline as it stands in a page: caption, picture, legend, table. */
import { describe, describeLane } from './describe.js'
import { html, set, setText } from './dom.js'
import { laneLabel } from './layout.js'
import { createLegend } from './legend.js'
import type { Model } from './model.js'
import type { Burst, Lane } from './parts.js'
import { Picture } from './picture.js'
import { spanOf, type Span } from './scale.js'
import { injectStyles } from './styles.js'

/** How fast the picture moves to what it should show: the time after which a third of the way is left, in ms. */
const EASE = 90

let views = 0

export class View {
  readonly #model: Model
  readonly #picture = new Picture()
  readonly #root: HTMLElement
  readonly #caption: HTMLElement
  readonly #spoken: HTMLElement
  readonly #plot: HTMLElement
  readonly #empty: HTMLElement
  readonly #tip: HTMLElement
  readonly #nav: HTMLElement
  readonly #place: HTMLElement
  readonly #older: HTMLButtonElement
  readonly #newer: HTMLButtonElement
  readonly #details: HTMLDetailsElement
  readonly #rows: HTMLElement
  readonly #resizes: ResizeObserver
  readonly #still = matchMedia('(prefers-reduced-motion: reduce)')

  /** null follows what happens; else somebody looks at an older burst. */
  #chosen: Burst | null = null
  #shown: Burst | null = null
  #span: Span | null = null
  #hovered: Lane | null = null
  #pointer = { x: 0, y: 0 }
  #frame = 0
  #lastFrame = 0
  #size = { width: 0, height: 0 }

  constructor(element: Element, model: Model) {
    injectStyles(element)
    this.#model = model
    views += 1
    const captionId = `af-caption-${views}`
    this.#caption = html('p', { class: 'af-caption', id: captionId })
    this.#spoken = html('p', { class: 'af-unseen', role: 'status' })
    this.#older = stepButton('Earlier', '‹', () => this.#move(-1))
    this.#newer = stepButton('Later', '›', () => this.#move(1))
    this.#place = html('span', { class: 'af-place' })
    this.#nav = html('div', { class: 'af-nav' }, this.#older, this.#place, this.#newer)
    this.#empty = html('p', { class: 'af-empty' }, 'No request yet.')
    this.#tip = html('div', { class: 'af-tip', hidden: '' })
    this.#plot = html('div', { class: 'af-plot' }, this.#picture.element, this.#empty, this.#tip)
    this.#rows = html('tbody')
    this.#details = html(
      'details',
      { class: 'af-details' },
      html('summary', {}, 'As a table'),
      createTable(this.#rows),
    )
    set(this.#picture.element, { 'aria-labelledby': captionId })
    this.#root = html(
      'div',
      { class: 'af-timeline' },
      html('div', { class: 'af-head' }, this.#caption, this.#nav),
      this.#plot,
      createLegend(),
      this.#details,
      this.#spoken,
    )
    element.append(this.#root)

    this.#resizes = new ResizeObserver(([entry]) => {
      this.#size = {
        width: Math.round(entry!.contentRect.width),
        height: Math.round(entry!.contentRect.height),
      }
      this.refresh()
    })
    this.#resizes.observe(this.#plot)
    this.#plot.addEventListener('pointermove', (event) => this.#point(event))
    this.#plot.addEventListener('pointerleave', () => this.#point(null))
    this.#details.addEventListener('toggle', () => this.refresh())
  }

  /** Draws in the next frame, and goes on while something moves. */
  refresh(): void {
    this.#frame ||= requestAnimationFrame((now) => this.#render(now))
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame)
    this.#resizes.disconnect()
    this.#root.remove()
  }

  #render(frameTime: number): void {
    this.#frame = 0
    const passed = Math.min(frameTime - this.#lastFrame, 50)
    this.#lastFrame = frameTime
    const burst = this.#burst()
    this.#renderHead(burst)
    this.#empty.hidden = burst !== null
    if (!burst || !this.#size.width) return

    const now = Date.now()
    const running = this.#model.running && burst === this.#model.bursts.at(-1)
    const target = spanOf(burst.from, burst.last, now, running)
    const settled = this.#approach(target, burst, passed)
    const markers = this.#model.markersOf(burst)
    this.#picture.draw({
      burst,
      markers,
      offline: this.#model.offlineWithin(this.#span!.from, this.#span!.to),
      span: this.#span!,
      now: running ? now : burst.last,
      running,
      width: this.#size.width,
      height: this.#size.height,
      hovered: this.#hovered,
    })
    this.#renderTip()
    if (!running) {
      this.#renderRows(burst)
      setText(this.#spoken, describe(burst, markers))
    }
    if (running || !settled) this.refresh()
  }

  /** The burst to show: the chosen one while it is kept, else the latest. */
  #burst(): Burst | null {
    if (this.#chosen && !this.#model.bursts.includes(this.#chosen)) this.#chosen = null
    return this.#chosen ?? this.#model.bursts.at(-1) ?? null
  }

  /** Moves the span that is shown closer to the one wanted, and tells whether it is there. */
  #approach(target: Span, burst: Burst, passed: number): boolean {
    const jump = this.#still.matches || this.#span === null || this.#shown !== burst
    this.#shown = burst
    if (jump) {
      this.#span = target
      return true
    }
    const share = 1 - Math.exp(-passed / EASE)
    const span = this.#span!
    this.#span = {
      from: span.from + (target.from - span.from) * share,
      to: span.to + (target.to - span.to) * share,
    }
    const rest = Math.abs(target.to - this.#span.to) + Math.abs(target.from - this.#span.from)
    if (rest > (target.to - target.from) / 500) return false
    this.#span = target
    return true
  }

  #renderHead(burst: Burst | null): void {
    const { bursts } = this.#model
    const index = burst ? bursts.indexOf(burst) : -1
    const markers = burst ? this.#model.markersOf(burst) : this.#model.markers
    setText(this.#caption, describe(burst, markers) || 'Every request will be drawn here.')
    setText(this.#place, burst ? `${clock(burst.from)} · ${index + 1}/${bursts.length}` : '')
    this.#nav.style.visibility = burst ? '' : 'hidden'
    this.#older.disabled = index <= 0
    this.#newer.disabled = index === bursts.length - 1
  }

  #move(step: number): void {
    const { bursts } = this.#model
    const wanted = bursts[bursts.indexOf(this.#burst()!) + step]
    if (!wanted) return
    this.#chosen = wanted === bursts.at(-1) ? null : wanted
    this.#hovered = null
    this.refresh()
  }

  #point(event: PointerEvent | null): void {
    const burst = this.#burst()
    const box = this.#plot.getBoundingClientRect()
    if (event) this.#pointer = { x: event.clientX - box.left, y: event.clientY - box.top }
    const hovered = event && burst ? this.#picture.laneAt(this.#pointer.y, burst.lanes) : null
    if (hovered === this.#hovered && !hovered) return
    this.#hovered = hovered
    this.refresh()
  }

  #renderTip(): void {
    const lane = this.#hovered
    this.#tip.hidden = !lane
    if (!lane) return
    this.#tip.replaceChildren(html('b', {}, laneLabel(lane, false)), describeLane(lane))
    const { offsetWidth, offsetHeight } = this.#tip
    const left = Math.min(Math.max(this.#pointer.x + 14, 0), this.#size.width - offsetWidth)
    const below = this.#pointer.y + 18
    const top = below + offsetHeight > this.#size.height ? this.#pointer.y - offsetHeight - 10 : below
    this.#tip.style.transform = `translate(${Math.max(left, 0)}px, ${top}px)`
  }

  #renderRows(burst: Burst): void {
    if (!this.#details.open) return
    const rows = burst.lanes.map((lane) =>
      html(
        'tr',
        {},
        html('td', { class: 'af-label' }, laneLabel(lane, false)),
        html('td', {}, describeLane(lane)),
        html('td', {}, lane.failure ?? String(lane.status ?? '')),
      ),
    )
    this.#rows.replaceChildren(...rows)
  }
}

function stepButton(label: string, sign: string, onClick: () => void): HTMLButtonElement {
  const button = html('button', { class: 'af-step', type: 'button', 'aria-label': label }, sign)
  button.addEventListener('click', onClick)
  return button
}

function createTable(rows: HTMLElement): HTMLElement {
  const head = html(
    'tr',
    {},
    ...['Request', 'What happened', 'Outcome'].map((text) => html('th', { scope: 'col' }, text)),
  )
  return html('div', { class: 'af-scroll' }, html('table', {}, html('thead', {}, head), rows))
}

function clock(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB')
}
