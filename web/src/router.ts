/** Which view is shown, kept in the address: /, /items, and /signin?from=… */
export type View = 'profile' | 'items' | 'signin'

const PATHS: Record<string, View> = { '/': 'profile', '/items': 'items', '/signin': 'signin' }

type Listener = (view: View) => void

let listener: Listener = () => {}

export function currentView(): View {
  return PATHS[location.pathname] ?? 'profile'
}

/** Where to go on after a sign-in: where the user was. Never to another site. */
export function returnPath(): string {
  const from = new URLSearchParams(location.search).get('from') ?? '/'
  return Object.hasOwn(PATHS, from) && PATHS[from] !== 'signin' ? from : '/'
}

export function navigate(path: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, '', path)
  else history.pushState(null, '', path)
  listener(currentView())
}

/** Shows the sign-in view in place of what is shown now, and leads back to that. */
export function goToSignIn(): void {
  navigate(`/signin?from=${encodeURIComponent(location.pathname)}`, { replace: true })
}

export function startRouter(onChange: Listener): void {
  listener = onChange
  addEventListener('popstate', () => listener(currentView()))
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>('a[href]')
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey
    if (!link || !plain || link.target || !Object.hasOwn(PATHS, link.pathname) || link.hash) return
    event.preventDefault()
    navigate(link.pathname)
  })
}
