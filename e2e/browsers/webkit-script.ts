// How a test's functions run in WebKit's page. A WebDriver script would block the
// session until it has ended, while tests have several under way at once: so a
// function is begun, and its outcome is asked for until it is there.
import type { Session } from './webkit-session.js'

/** What a page keeps for the tests that run in it. */
interface Kept {
  last: number
  values: Record<number, unknown>
  outcomes: Record<number, Outcome | undefined>
  waiting: Record<number, () => void>
}

/** `value` is encoded, or the number of a kept one. */
type Outcome = { value: unknown } | { error: string }
type Answer = { ticket: number; outcome?: Outcome } | { lost: true }

declare global {
  var keptForTests: Kept | undefined
}

/** A value that stays in the page. */
export class Handle {
  constructor(
    private readonly script: Script,
    readonly number: number,
  ) {}

  evaluate(body: unknown, arg?: unknown): Promise<unknown> {
    return this.script.run(body, [this, arg])
  }

  async evaluateHandle(body: unknown, arg?: unknown): Promise<Handle> {
    return new Handle(this.script, (await this.script.run(body, [this, arg], true)) as number)
  }

  getProperty(name: string): Promise<Handle> {
    return this.evaluateHandle((value: Record<string, unknown>, name: string) => value[name], name)
  }
}

/** Runs functions in one window. */
export class Script {
  closed = false

  constructor(
    private readonly session: Session,
    private readonly window: string,
  ) {}

  /** Calls a function, or evaluates an expression; with `keep`, the value stays in the page and its number comes. */
  async run(body: unknown, args: unknown[], keep = false): Promise<unknown> {
    const source = typeof body === 'function' ? `(${String(body)})` : `(() => (${String(body)}))`
    let answer = await this.ask(`(${String(begin)})(${source}, ...arguments)`, encode(args), keep)
    for (;;) {
      if ('lost' in answer) throw new Error('The page has been left')
      if (answer.outcome) break
      answer = await this.ask(`(${String(wait)})(...arguments)`, answer.ticket)
    }
    if ('error' in answer.outcome) throw new Error(answer.outcome.error)
    return keep ? answer.outcome.value : decode(answer.outcome.value)
  }

  private async ask(script: string, ...args: unknown[]): Promise<Answer> {
    if (this.closed) throw new Error('The page has been closed')
    return this.session.within(this.window, (driver) => driver.executeAsyncScript<Answer>(script, ...args))
  }
}

// What JSON cannot say is a list of its name and more; a list itself is one too.

function encode(value: unknown): unknown {
  if (value instanceof Handle) return ['kept', value.number]
  if (value === undefined) return ['undefined']
  if (typeof value === 'number' && !Number.isFinite(value)) return ['number', String(value)]
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return ['list', value.map(encode)]
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, encode(one)]))
}

function decode(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (!Array.isArray(value))
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, decode(one)]))
  const [kind, content] = value as [string, never]
  if (kind === 'list') return (content as unknown[]).map(decode)
  return kind === 'number' ? Number(content) : undefined
}

// These run in the page, each as it stands here.

function begin(
  body: (...args: unknown[]) => unknown,
  args: unknown,
  keep: boolean,
  done: (answer: Answer) => void,
): void {
  const kept = (globalThis.keptForTests ??= { last: 0, values: {}, outcomes: {}, waiting: {} })
  const ticket = ++kept.last
  const decode = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    if (!Array.isArray(value))
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, decode(one)]))
    const [kind, content] = value as [string, never]
    if (kind === 'kept') return kept.values[content]
    if (kind === 'list') return (content as unknown[]).map(decode)
    return kind === 'number' ? Number(content) : undefined
  }
  const encode = (value: unknown, depth = 0): unknown => {
    if (value === undefined || typeof value === 'function' || typeof value === 'symbol' || depth > 50)
      return ['undefined']
    if (typeof value === 'number' && !Number.isFinite(value)) return ['number', String(value)]
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return ['list', value.map((one) => encode(one, depth + 1))]
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, encode(one, depth + 1)]))
  }
  const settle = (outcome: Outcome) => {
    kept.outcomes[ticket] = outcome
    kept.waiting[ticket]?.()
  }
  void (async () => body(...(decode(args) as unknown[])))().then(
    (value) => {
      if (keep) kept.values[ticket] = value
      settle({ value: keep ? ticket : encode(value) })
    },
    (error: unknown) =>
      settle({ error: error instanceof Error ? `${error}\n${error.stack}` : String(error) }),
  )
  // What is quick is answered at once.
  setTimeout(() => {
    const outcome = kept.outcomes[ticket]
    if (outcome) delete kept.outcomes[ticket]
    done({ ticket, ...(outcome ? { outcome } : {}) })
  })
}

function wait(ticket: number, done: (answer: Answer) => void): void {
  const kept = globalThis.keptForTests
  if (!kept || ticket > kept.last) return done({ lost: true })
  const answer = () => {
    clearTimeout(timer)
    delete kept.waiting[ticket]
    const outcome = kept.outcomes[ticket]
    if (outcome) delete kept.outcomes[ticket]
    done({ ticket, ...(outcome ? { outcome } : {}) })
  }
  // Not long: other windows want the session too.
  const timer = setTimeout(answer, 30)
  if (kept.outcomes[ticket]) answer()
  else kept.waiting[ticket] = answer
}
