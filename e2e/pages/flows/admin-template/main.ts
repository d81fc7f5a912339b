// The dashboard, which knows nothing of tokens.
import { auth, http } from './http.js'

const output = document.querySelector('output')!

async function show(): Promise<void> {
  const { data } = await http.get<{ user: string }>('/me')
  output.value = `Hello ${data.user}`
}

document.querySelector('#show')!.addEventListener('click', show)
document.querySelector('#signout')!.addEventListener('click', async () => {
  await auth.signout()
  location.assign('/sign-in')
})
void show()
