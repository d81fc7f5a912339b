// The other tabs, and the moments at which this one should look around.
// https://html.spec.whatwg.org/multipage/web-messaging.html#broadcasting-to-other-browsing-contexts

export interface TabListeners {
  hear(text: string): void
  look(): void
  wake(): void
}

export interface Tabs {
  tell(text: string): void
  close(): void
}

/** Listens; `keys` are the storage keys whose changes count. */
export function listen(name: string, keys: readonly string[], shared: boolean, on: TabListeners): Tabs {
  const undo: (() => void)[] = []
  const listenTo = (target: EventTarget | undefined, type: string, listener: (event: Event) => void) => {
    target?.addEventListener?.(type, listener)
    undo.push(() => target?.removeEventListener?.(type, listener))
  }
  const page = typeof document === 'undefined' ? undefined : document
  const scope = globalThis as unknown as EventTarget
  let channel: BroadcastChannel | undefined
  const tune = () => {
    if (!shared || channel) return
    try {
      channel = new BroadcastChannel(name)
      channel.onmessage = (event: MessageEvent<unknown>) => {
        if (typeof event.data === 'string') on.hear(event.data)
      }
      // Node's would keep a process alive.
      ;(channel as unknown as { unref?(): void }).unref?.()
    } catch {
      // An opaque origin has none. The storage event remains.
    }
  }
  tune()
  if (shared)
    listenTo(scope, 'storage', (event) => {
      const { key } = event as StorageEvent
      if (key === null || keys.includes(key)) on.look()
    })
  listenTo(scope, 'online', () => on.wake())
  // A message would have the browser throw the page out of its back/forward cache.
  // What it misses there it reads in the storage when it comes back.
  listenTo(scope, 'pagehide', (event) => {
    if (!(event as PageTransitionEvent).persisted) return
    channel?.close()
    channel = undefined
  })
  listenTo(scope, 'pageshow', (event) => {
    if (!(event as PageTransitionEvent).persisted) return
    tune()
    on.wake()
  })
  listenTo(page, 'visibilitychange', () => {
    if (page?.visibilityState === 'visible') on.wake()
  })
  return {
    tell: (text) => channel?.postMessage(text),
    close() {
      channel?.close()
      for (const step of undo) step()
    },
  }
}
