// An application that greets whoever is signed in.
import { useState } from 'react'
import { useAuth, useFailedRefresh, useSession } from 'authfetch/react'

export function App({ onRedirect }: { onRedirect(): void }) {
  useFailedRefresh(onRedirect)
  const session = useSession()
  if (session === undefined) return <p>Loading</p>
  return session ? <Account /> : <SignIn />
}

function SignIn() {
  const { signin } = useAuth()
  return <button onClick={() => void signin()}>Sign in</button>
}

function Account() {
  const auth = useAuth()
  const [answer, setAnswer] = useState('')
  const ask = async () => {
    try {
      setAnswer(await (await auth.fetch('/guarded/1')).text())
    } catch {} // App is told why, and leads away
  }
  return (
    <>
      <p>Welcome</p>
      <button onClick={() => void ask()}>Ask</button>
      <button onClick={() => void auth.signout()}>Sign out</button>
      <output>{answer}</output>
    </>
  )
}
