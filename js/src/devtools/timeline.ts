import type { TraceEvent } from './events.js'
import { Model, type Counts } from './model.js'
import { View } from './view.js'

export type { Counts, TraceEvent }

/** The part of an authfetch client that a timeline can make use of. */
export interface SessionSource {
  getSession(): Promise<{ expiresAt?: number | null } | null>
}

/**
 * A picture of what an authfetch client does:
 *
 *     const timeline = new Timeline(document.querySelector('#timeline'))
 *     const auth = createAuth({ …, debug: (event) => timeline.add(event) })
 */
export class Timeline {
  readonly #model = new Model()
  readonly #view: View
  #auth: SessionSource | null
  #expiry: ReturnType<typeof setTimeout> | undefined

  /** With `auth`, the moment at which the access token expires by itself is marked too. */
  constructor(element: Element, { auth }: { auth?: SessionSource } = {}) {
    this.#auth = auth ?? null
    this.#view = new View(element, this.#model)
  }

  get counts(): Readonly<Counts> {
    return this.#model.counts
  }

  /** For a client that is made after the timeline, as it is when `debug` needs one. */
  watch(auth: SessionSource): void {
    this.#auth = auth
    void this.#awaitExpiry()
  }

  add(event: TraceEvent): void {
    if (this.#model.add(event)) this.#view.refresh()
    if (event.type.startsWith('session.')) void this.#awaitExpiry()
  }

  clear(): void {
    this.#model.clear()
    this.#view.refresh()
  }

  destroy(): void {
    clearTimeout(this.#expiry)
    this.#view.destroy()
  }

  async #awaitExpiry(): Promise<void> {
    clearTimeout(this.#expiry)
    // A client that is closed has no session to tell of.
    const session = await this.#auth?.getSession().catch(() => null)
    const left = (session?.expiresAt ?? 0) - Date.now()
    // A timer that is set past 2^31 - 1 ms fires at once.
    if (left <= 0 || left > 2 ** 31 - 1) return
    clearTimeout(this.#expiry)
    this.#expiry = setTimeout(() => this.add({ at: Date.now(), type: 'mark.expired' }), left)
  }
}
