// The page's own fetch, also where a client has put itself in its place.

const originals = new WeakMap<typeof fetch, typeof fetch>()

/**
 * The fetch that is found now, or the one behind it: clients that are installed
 * do not call each other. Called without a receiver.
 */
export function pageFetch(): typeof fetch {
  const found = globalThis.fetch as typeof fetch | undefined
  const own = (found && originals.get(found)) ?? found
  return (...args) => {
    if (!own) throw new TypeError('There is no fetch here: give one with the option `fetch`')
    return own(...args)
  }
}

/** Puts a client's fetch in place of the global one. Returns a function that restores it. */
export function install(wrapped: typeof fetch): () => void {
  const original = globalThis.fetch
  if (original === wrapped) return () => {}
  originals.set(wrapped, originals.get(original) ?? original)
  globalThis.fetch = wrapped
  return () => {
    // Somebody may have wrapped it once more: theirs is not ours to remove.
    if (globalThis.fetch === wrapped) globalThis.fetch = original
  }
}
