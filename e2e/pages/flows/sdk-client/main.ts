// The application that uses the SDK: it signs in, and shows who is signed in.
import { createClient } from './client.js'

const client = createClient({ url: document.querySelector<HTMLMetaElement>('meta[name=api]')!.content })
const form = document.querySelector('form')!
const status = document.querySelector('output')!

async function show(): Promise<void> {
  try {
    const response = await client.request('/me')
    status.value = response.ok
      ? `Hello ${(await response.json()).user}`
      : `Not signed in (${response.status})`
  } catch (error) {
    status.value = (error as Error).message
  }
}

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const { username, password } = Object.fromEntries(new FormData(form)) as Record<string, string>
  try {
    await client.oAuthSignin({ username, password })
    await show()
  } catch (error) {
    status.value = (error as Error).message
  }
})
document.querySelector('#show')!.addEventListener('click', show)
document.querySelector('#signout')!.addEventListener('click', () => client.oAuthSignout().then(show))
void show()
