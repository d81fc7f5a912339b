// What a server sends of it.
import { StrictMode } from 'react'
import { renderToString } from 'react-dom/server.edge'
import type { Auth } from 'authfetch'
import { AuthProvider } from 'authfetch/react'
import { App } from './app.js'

export const render = (auth: Auth): string =>
  renderToString(
    <StrictMode>
      <AuthProvider auth={auth}>
        <App onRedirect={() => {}} />
      </AuthProvider>
    </StrictMode>,
  )
