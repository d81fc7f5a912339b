/** The panel that floats above a page: a button, and the timeline that it opens. */
import { html, set, setText } from './dom.js'
import type { DevtoolsOptions } from './index.js'
import { panelStyles } from './panel-styles.js'
import { injectStyles } from './styles.js'
import { Timeline, type SessionSource, type TraceEvent } from './timeline.js'

export class Panel {
  readonly #host = html('authfetch-devtools' as 'div')
  readonly #button: HTMLButtonElement
  readonly #count = html('span', { class: 'count' })
  readonly #panel: HTMLElement
  readonly #close: HTMLButtonElement
  readonly #timeline: Timeline

  constructor({ open = false, parent = document.body, colorScheme }: DevtoolsOptions) {
    const root = this.#host.attachShadow({ mode: 'open' })
    if (colorScheme) this.#host.dataset.colorScheme = colorScheme
    this.#button = button('authfetch', () => this.show(this.#panel.hidden))
    this.#button.append(this.#count)
    set(this.#button, { class: 'toggle', 'aria-controls': 'panel', title: 'What authfetch does' })
    this.#close = button('Close', () => this.show(false))
    const clear = button('Clear', () => this.#clear())
    const body = html('div', { class: 'body' })
    this.#panel = html(
      'section',
      { id: 'panel', 'aria-labelledby': 'title' },
      html('header', {}, html('h2', { id: 'title' }, 'authfetch'), clear, this.#close),
      body,
    )
    root.append(this.#panel, this.#button)
    injectStyles(this.#panel, panelStyles)
    parent.append(this.#host)
    this.#timeline = new Timeline(body)
    this.#tellCounts()
    this.#panel.addEventListener('keydown', (event) => this.#pressed(event))
    this.#shown(open)
  }

  add(event: TraceEvent): void {
    this.#timeline.add(event)
    this.#tellCounts()
  }

  watch(auth: SessionSource): void {
    this.#timeline.watch(auth)
  }

  /** Opens or closes, and leaves the focus where it is of use. */
  show(open: boolean): void {
    const focused = this.#host.shadowRoot!.activeElement
    this.#shown(open)
    if (!focused) return
    if (open) this.#close.focus()
    else this.#button.focus()
  }

  destroy(): void {
    this.#timeline.destroy()
    this.#host.remove()
  }

  #shown(open: boolean): void {
    this.#panel.hidden = !open
    set(this.#button, { 'aria-expanded': String(open) })
  }

  #clear(): void {
    this.#timeline.clear()
    this.#tellCounts()
  }

  #tellCounts(): void {
    const { requests, failed } = this.#timeline.counts
    setText(this.#count, String(requests))
    set(this.#button, {
      'aria-label': `authfetch: ${requests} request${requests === 1 ? '' : 's'}, ${failed} failed`,
      'data-failed': failed ? '' : null,
    })
  }

  #pressed(event: KeyboardEvent): void {
    // The page may use keys too, Escape most of all: what is meant for the panel stays in it.
    event.stopPropagation()
    if (event.key === 'Escape') this.show(false)
  }
}

function button(text: string, onClick: () => void): HTMLButtonElement {
  const made = html('button', { type: 'button' }, text)
  made.addEventListener('click', onClick)
  return made
}
