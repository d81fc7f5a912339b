import { Component, StrictMode, startTransition, useState, type ReactNode } from 'react'
import { hydrateRoot } from 'react-dom/client'
import { createAuth } from 'authfetch'
import { AuthProvider, useSession } from 'authfetch/react'
import { App } from './app.js'

export const auth = createAuth({
  signin: '/signin',
  refresh: '/refresh',
  signout: '/signout',
  retry: { attempts: 1 },
})
export const redirects: string[] = []
export const problems: string[] = []

class Boundary extends Component<{ children: ReactNode }, { code?: string }> {
  override state: { code?: string } = {}
  static getDerivedStateFromError = ({ code }: { code?: string }) => ({ code })
  override render() {
    if (!this.state.code) return this.props.children
    return (
      <button onClick={() => this.setState({ code: undefined })}>Try again after {this.state.code}</button>
    )
  }
}

/** Takes its time, so that React does other things between two of them. */
function Leaf({ round }: { round: number }) {
  const session = useSession()
  const until = performance.now() + (round > 0 ? 3 : 0)
  while (performance.now() < until);
  return <li>{session?.accessToken ?? String(session)}</li>
}

function Leaves() {
  const [round, setRound] = useState(0)
  return (
    <>
      <button onClick={() => startTransition(() => setRound(round + 1))}>Render {round}</button>
      <ul hidden>
        {Array.from({ length: 60 }, (_, i) => (
          <Leaf key={i} round={round} />
        ))}
      </ul>
    </>
  )
}

const content = (
  <>
    <App onRedirect={() => redirects.push(location.pathname)} />
    {location.search === '?leaves' && <Leaves />}
  </>
)
const root = document.querySelector('#root')!
hydrateRoot(
  root,
  <StrictMode>
    {location.search === '?within' ? (
      <AuthProvider auth={auth}>
        <Boundary>{content}</Boundary>
      </AuthProvider>
    ) : (
      <Boundary>
        <AuthProvider auth={auth}>{content}</AuthProvider>
      </Boundary>
    )}
  </StrictMode>,
  { onRecoverableError: (error) => problems.push(String(error)) },
)
