// What an application does when it starts: asks the API for something. The first
// visit, at #signin, signs in.
export const name = location.pathname.split('/')[2]

export async function visit({ signin, get }) {
  if (location.hash === '#signin') {
    await signin()
    window.signedIn = true
    return
  }
  const { items } = await get('/api/data')
  if (items.length > 0) window.answered = performance.now() // since the navigation began
}
