// What `debug: true` prints, one line a step. An entry of its own, which is loaded
// when somebody asks for it: a client that does not trace never downloads it.
import type { TraceEvent } from './types.js'

/** Why a refresh begins. */
const reasons: Record<string, string> = {
  rejected: 'the server has refused the token',
  ahead: 'the token is about to expire',
  asked: 'it was asked for',
  expired: 'the token has expired',
}

/** What a request waits for. */
const waits: Record<string, string> = { ready: 'the module', refresh: 'the refresh' }

/** What happened to the session. */
const changes: Record<string, string> = {
  signin: 'signed in',
  refresh: 'new tokens are in use',
  signout: 'signed out',
}

/** Answers a function that says each event of a client in words, which it is given in order. */
export function teller(): (event: TraceEvent) => string {
  /** When a request, or the refresh, began and was last sent. */
  const begun = new Map<string, number>()
  const sent = new Map<string, number>()
  const names = new Map<string, string>()

  return (event) => {
    const { at, attempt = 1, code, delay, id, name, reason = '', status, transient, type } = event
    const [subject = '', what = ''] = type.split('.')
    const who = subject === 'request' ? `#${id}` : subject
    const after = (times: Map<string, number>) => span(at - (times.get(who) ?? at))
    const over = () => {
      const took = after(begun)
      for (const map of [begun, sent, names]) map.delete(who)
      return took
    }

    const told = (): string => {
      switch (type) {
        case 'request.start':
          begun.set(who, at)
          names.set(who, `${event.method} ${event.url}`)
          return `${event.method} ${event.url}`
        case 'request.wait':
          return `waits for ${waits[reason] ?? reason}`
        case 'request.untouched':
          return 'sent untouched'
        case 'request.send':
          sent.set(who, at)
          return attempt > 1 ? 'sent again' : 'sent'
        case 'request.answer':
          return `answered ${status} after ${after(sent)}`
        case 'request.done':
          return `done: ${names.get(who)} → ${status} in ${over()}`
        case 'request.fail':
          return `failed: ${names.get(who)} → ${code ?? name} in ${over()}`
        case 'refresh.start':
          begun.set(who, at)
          return `begins: ${reasons[reason] ?? reason}`
        case 'refresh.lock':
          return `has its turn after ${after(begun)}`
        case 'refresh.send':
          sent.set(who, at)
          return attempt > 1 ? `sent, try ${attempt}` : 'sent'
        case 'refresh.retry':
          return `gets ${status || 'no answer'}: try ${attempt} in ${span(delay ?? 0)}`
        case 'refresh.adopt':
          return `another tab had refreshed: its tokens are taken over, after ${over()}`
        case 'refresh.done':
          return `done in ${over()}`
        case 'refresh.fail':
          return `failed ${transient ? 'in passing' : 'for good'}: ${code}${status ? ` (${status})` : ''} in ${over()}`
        default:
          if (subject === 'session') return `${changes[what] ?? what}${event.remote ? ' in another tab' : ''}`
          // A step that is younger than this file.
          return [what, reason, code, status].filter(Boolean).join(' ')
      }
    }
    const prefix = event.client === 'authfetch' ? '[authfetch]' : `[authfetch ${event.client}]`
    return [prefix, subject === 'session' ? '' : who, told()].filter(Boolean).join(' ')
  }
}

/** Prints events of a client to the console. */
export function printer(): (event: TraceEvent) => void {
  const tell = teller()
  return (event) => console.debug(tell(event))
}

function span(milliseconds: number): string {
  return milliseconds < 10_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`
}
