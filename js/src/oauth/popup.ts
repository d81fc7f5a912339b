// The window in which a user signs in, and how its answer reaches the page that
// opened it: by a BroadcastChannel of its own, and by postMessage, since a frame in
// another site's page has only the latter. https://html.spec.whatwg.org/multipage/web-messaging.html

/** How often a window is looked at, and how long one waits for the page that opened it. */
const interval = 250
const patience = 5000

interface Message {
  authfetch: string
  /** The window's URL with the answer; missing where it was taken. */
  url?: string
}

/** Resolves to the URL that a window has come back with; rejects where it is closed before. */
export function answerFrom(
  popup: Window,
  name: string,
  { signal, closed }: { signal: AbortSignal | undefined; closed: () => unknown },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const stop = hear(name, ({ url }, reply) => {
      if (url === undefined) return
      reply({ authfetch: name })
      end(() => resolve(url))
    })
    const timer = setInterval(() => popup.closed && end(() => reject(closed())), interval)
    const abort = () => end(() => reject(signal?.reason as Error))
    const end = (settle: () => void) => {
      stop()
      clearInterval(timer)
      signal?.removeEventListener('abort', abort)
      settle()
    }
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
  })
}

/** In the window: hands its URL over. Resolves to whether anybody took it. */
export async function handOver(name: string, url: string): Promise<boolean> {
  let stop = () => {}
  const taken = new Promise<boolean>((resolve) => {
    stop = hear(name, (message) => message.url === undefined && resolve(true))
    setTimeout(() => resolve(false), patience)
  })
  const message: Message = { authfetch: name, url }
  const channel = new BroadcastChannel(name)
  channel.postMessage(message)
  const opener = window.opener as Window | null
  opener?.postMessage(message, location.origin)
  try {
    return await taken
  } finally {
    stop()
    channel.close()
  }
}

/** Calls `take` with each message of that name, and with what answers it. */
function hear(name: string, take: (message: Message, reply: (message: Message) => void) => void): () => void {
  const channel = new BroadcastChannel(name)
  const isOurs = (data: unknown): data is Message => (data as Message | null)?.authfetch === name
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (isOurs(data)) take(data, (message) => channel.postMessage(message))
  }
  const listen = ({ data, origin, source }: MessageEvent<unknown>) => {
    if (origin === location.origin && isOurs(data))
      take(data, (message) => source?.postMessage(message, { targetOrigin: origin }))
  }
  addEventListener('message', listen)
  return () => {
    channel.close()
    removeEventListener('message', listen)
  }
}
