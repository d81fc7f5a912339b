'use client'
import { createAuth } from 'authfetch'
import { useEffect, useState } from 'react'

/** Rendered on the server too, where making a client does nothing, and then hydrated. */
export function Client({ api, text }) {
  const [auth] = useState(() => createAuth({ baseUrl: api, signin: '/signin', refresh: '/refresh' }))
  const [hydrated, setHydrated] = useState(false)
  useEffect(() => {
    globalThis.auth = auth
    setHydrated(true)
  }, [auth])
  return (
    <p>
      {text}
      {hydrated && <b>hydrated</b>}
    </p>
  )
}
