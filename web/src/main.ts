import type { Session } from 'authfetch'
import './styles/main.css'
import { auth } from './auth'
import { claimsOf } from './claims'
import { startControls } from './controls'
import { forgetData, showData } from './data-view'
import { byId } from './dom'
import { updateFigures } from './figures'
import { currentView, goToSignIn, navigate, returnPath, startRouter } from './router'
import { showSession } from './session-panel'
import { showSignIn, startSignInView } from './signin-view'
import { timeline } from './trace'

let session: Session | null = null
/** Why the sign-in view is shown, when that is not the user's own wish. */
let reason = ''

/** Brings the page in step with the address and the session. */
function show(): void {
  const view = currentView()
  const signedIn = session !== null
  if (signedIn && view === 'signin') return navigate(returnPath(), { replace: true })
  if (!signedIn && view !== 'signin') return goToSignIn()

  document.documentElement.dataset.session = signedIn ? 'in' : 'out'
  byId('signin-view').hidden = signedIn
  byId('session-view').hidden = !signedIn
  byId<HTMLFieldSetElement>('controls').disabled = !signedIn
  if (view === 'signin') {
    forgetData()
    showSignIn(reason)
  } else {
    void showData(view)
  }
}

function adopt(next: Session | null): void {
  const changedHands = (session === null) !== (next === null)
  session = next
  if (next) {
    reason = ''
    showSession(next)
  }
  if (changedHands) show()
}

auth.onFailedRefresh(() => {
  reason = 'Your session has ended. Sign in to go on where you were.'
  adopt(null)
})
auth.on('change', ({ session: next, remote }) => {
  if (!next) reason ||= remote ? 'You signed out in another tab.' : ''
  adopt(next)
})

byId('signout').addEventListener('click', () => void auth.signout())
startSignInView()
startControls(() => String(session ? claimsOf(session).sub : ''))
startRouter(show)

session = await auth.getSession()
if (session) showSession(session)
show()
updateFigures(timeline.counts)
