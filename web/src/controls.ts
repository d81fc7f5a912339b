/** The buttons above the timeline. */
import { expireTokens, getSettings, revokeSessions, revokeTokens, setRefreshDelay } from './control'
import { byId, setText } from './dom'
import { setOffline } from './network'
import { mark } from './trace'
import { sendFifty, sendOne, upload, type Result } from './workload'

const SLOW_REFRESH = 1500

const report = byId('report')

/** @param account whose sessions the server is asked to break */
export function startControls(account: () => string): void {
  async function expire(): Promise<void> {
    await expireTokens(account())
    mark('expired')
  }

  onClick('send-one', async () => tell(await sendOne()))
  onClick('send-fifty', async () => tell(await sendFifty()))
  onClick('upload', async () => {
    const { form, request } = await upload()
    return `The form arrived ${form ? 'whole' : 'broken'}, the stream of the Request ${request ? 'whole' : 'broken'}.`
  })
  onClick('expire', async () => {
    await expire()
    return 'The server no longer takes the access token. The next request will find out.'
  })
  onClick('expire-fifty', async () => {
    await expire()
    return tell(await sendFifty())
  })
  onClick('revoke-token', async () => {
    await revokeTokens(account())
    mark('revoked')
    return 'The access token is revoked. A refresh will bring another.'
  })
  onClick('revoke-session', async () => {
    await revokeSessions(account())
    mark('revoked')
    const { failed } = await sendOne()
    return failed ? 'The refresh was refused, and the session is over.' : tell({ answered: 1, failed })
  })
  onToggle('offline', (on) => {
    setOffline(on)
    mark(on ? 'offline' : 'online')
    return on ? 'Nothing leaves this tab now.' : 'Back online.'
  })
  onToggle('slow-refresh', async (on) => {
    await setRefreshDelay(on ? SLOW_REFRESH : 0)
    return on ? 'Each refresh now takes the server a second and a half.' : 'Refreshes are quick again.'
  })
  // It is the server that is slow, so a page that is loaded anew finds it so.
  void getSettings().then(({ refreshDelay }) => press('slow-refresh', refreshDelay > 0))
}

function tell({ answered, failed }: Result): string {
  if (!failed) return answered === 1 ? 'Answered.' : `All ${answered} answered.`
  return answered
    ? `${answered} answered, ${failed} failed.`
    : `${failed === 1 ? 'It' : `All ${failed}`} failed.`
}

function onClick(id: string, act: () => Promise<string>): void {
  byId(id).addEventListener('click', () => void run(act))
}

function onToggle(id: string, change: (on: boolean) => string | Promise<string>): void {
  const button = byId(id)
  button.addEventListener('click', () => {
    const on = button.getAttribute('aria-pressed') !== 'true'
    void run(async () => {
      const words = await change(on)
      press(id, on)
      return words
    })
  })
}

function press(id: string, on: boolean): void {
  byId(id).setAttribute('aria-pressed', String(on))
}

async function run(act: () => Promise<string>): Promise<void> {
  setText(report, '')
  try {
    setText(report, await act())
  } catch (error) {
    setText(report, error instanceof Error ? error.message : String(error))
  }
}
