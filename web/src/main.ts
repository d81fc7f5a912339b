import type { Session } from 'authfetch'
import './styles/main.css'
import { auth } from './auth'
import { claimsOf } from './claims'
import { startControls } from './controls'
import { forgetData, showData } from './data-view'
import { byId, setText } from './dom'
import { updateFigures } from './figures'
import { currentView, goToSignIn, navigate, returnPath, startRouter, type View } from './router'
import { showSession } from './session-panel'
import { explain, showSignIn, startSignInView } from './signin-view'
import { timeline } from './trace'

const TITLES: Record<View, string> = { profile: 'Profile', items: 'Items', signin: 'Sign in' }

/** Who is signed in: null for nobody, and undefined until that is known. */
let account: string | null | undefined

/** Why the sign-in view is shown, when that is not the user's own wish. */
let reason = ''

/** Brings the page in step with the address and the session. */
function show(): void {
  if (account === undefined) return
  const view = currentView()
  const signedIn = account !== null
  if (signedIn && view === 'signin') return navigate(returnPath(), { replace: true })
  if (!signedIn && view !== 'signin') return goToSignIn()

  document.documentElement.dataset.session = signedIn ? 'in' : 'out'
  document.title = `${TITLES[view]} · authfetch`
  const formHadFocus = byId('signin-view').contains(document.activeElement)
  byId('signin-view').hidden = signedIn
  byId('session-view').hidden = !signedIn
  byId<HTMLFieldSetElement>('controls').disabled = !signedIn
  if (view === 'signin') {
    forgetData()
    showSignIn(reason)
  } else {
    // What had the focus is gone, so it goes to what took its place.
    if (formHadFocus) byId('session-name').focus({ preventScroll: true })
    void showData(view)
  }
}

/** A refresh changes the session but not whose it is: then the view stays as it is. */
function adopt(session: Session | null): void {
  const before = account
  account = session ? String(claimsOf(session).sub) : null
  if (session) {
    reason = ''
    showSession(session)
  }
  if (account !== before) show()
}

auth.onFailedRefresh(() => {
  reason = 'Your session has ended. Sign in to go on where you were.'
  adopt(null)
})
auth.on('change', ({ session, remote }) => {
  if (!session && remote) reason ||= 'You signed out in another tab.'
  adopt(session)
})

byId('signout').addEventListener('click', () => void auth.signout())
startSignInView()
startControls(() => account ?? '')
startRouter(show)

try {
  // The server leads back to /callback, with an answer or with its reasons.
  const back = await auth.handleRedirect().catch((error: unknown) => {
    reason = explain(error)
    return null
  })
  if (back) history.replaceState(null, '', back.returnTo)
  adopt(await auth.getSession())
  updateFigures(timeline.counts)
} catch (error) {
  setText(byId('report'), error instanceof Error ? error.message : String(error))
}
