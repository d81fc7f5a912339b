/** The form that credentials are given in. */
import { AuthError } from 'authfetch'
import { auth } from './auth'
import { byId, setText } from './dom'
import { returnPath } from './router'

const form = byId<HTMLFormElement>('signin-form')
const problem = byId('signin-problem')
const submit = form.querySelector('button')!
const username = form.elements.namedItem('username') as HTMLInputElement
const password = form.elements.namedItem('password') as HTMLInputElement

export function startSignInView(): void {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void signIn()
  })
  byId('signin-redirect').addEventListener('click', () => void signInAtServer())
  for (const button of document.querySelectorAll<HTMLButtonElement>('.person')) {
    button.addEventListener('click', () => {
      username.value = button.dataset.username!
      password.value = button.dataset.password!
      submit.focus()
    })
  }
}

/** Says why the user is here, and puts the cursor where it is needed. */
export function showSignIn(reason: string): void {
  setText(byId('signin-reason'), reason)
  setText(problem, '')
  username.focus()
}

/** The button stays enabled while the server is asked: disabling it would drop the focus. */
async function signIn(): Promise<void> {
  if (form.ariaBusy === 'true') return
  form.ariaBusy = 'true'
  setText(problem, '')
  try {
    await auth.signin({ username: username.value, password: password.value })
    form.reset()
  } catch (error) {
    setText(problem, explain(error))
  } finally {
    form.ariaBusy = null
  }
}

/** The password is typed at the server's own page, which this one never sees. */
async function signInAtServer(): Promise<void> {
  setText(problem, '')
  try {
    await auth.signinRedirect({ returnTo: returnPath() })
  } catch (error) {
    setText(problem, explain(error))
  }
}

export function explain(error: unknown): string {
  if (!(error instanceof AuthError)) return String(error)
  const words = error.description ?? error.message
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`.replace(/\.\.$/, '.')
}
