/** The network of this page, which can be cut. The client is given it as its `fetch` option. */
let offline = false

export function setOffline(value: boolean): void {
  offline = value
}

export const cuttableFetch: typeof fetch = (input, init) =>
  // What a browser says when there is no network.
  offline ? Promise.reject(new TypeError('Failed to fetch')) : fetch(input, init)
