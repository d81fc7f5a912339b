// What kind of place this is: a page, a worker, or a server.

/** Whether somebody's browser runs this: a page or a worker, not a server. */
export function hasPage(): boolean {
  return (
    typeof document !== 'undefined' ||
    typeof (globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope === 'function'
  )
}

/** What fetch resolves relative URLs against, or undefined on a server. It changes as the page navigates. */
export function pageUrl(): string | undefined {
  const url = typeof document === 'undefined' ? globalThis.location?.href : document.baseURI
  // A page or worker made from a blob: or data: URL has no place of its own.
  return url !== undefined && /^https?:/.test(url) ? url : undefined
}
