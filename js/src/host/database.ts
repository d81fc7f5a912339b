// Databases of one object store each. https://w3c.github.io/IndexedDB/

/** A database that does not answer counts as none: some browsers' never do at times. */
const patience = 2000

/** Opens a database, which is made where there is none; undefined where it cannot be had. */
export function openDatabase(name: string, store: string): Promise<IDBDatabase | undefined> {
  return new Promise((resolve) => {
    let request: IDBOpenDBRequest
    try {
      request = indexedDB.open(name, 1)
    } catch {
      resolve(undefined) // none, or not for this frame
      return
    }
    const timer = setTimeout(() => {
      // One that comes late would keep the page out of the back/forward cache.
      request.onsuccess = () => request.result.close()
      resolve(undefined)
    }, patience)
    request.onupgradeneeded = () => request.result.createObjectStore(store)
    request.onerror = () => {
      clearTimeout(timer)
      resolve(undefined)
    }
    request.onsuccess = () => {
      clearTimeout(timer)
      resolve(request.result)
    }
  })
}
