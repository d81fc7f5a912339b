// The application, which is the same before and after.
import type { AxiosInstance } from 'axios'

interface Session {
  http: AxiosInstance
  signIn(username: string, password: string): Promise<void>
  signOut(): Promise<void>
}

export function start({ http, signIn, signOut }: Session): void {
  const output = document.querySelector('output')!
  const on = (id: string, act: () => Promise<string>) =>
    document.querySelector(id)!.addEventListener('click', async () => {
      output.value = '…'
      output.value = await act().catch(({ code }) => code)
    })
  on('#sign-in', () => signIn('ada', 'lovelace').then(() => 'Signed in'))
  on('#sign-out', () => signOut().then(() => 'Signed out'))
  on('#ask', async () => `Hello ${(await http.get<{ user: string }>('/me')).data.user}`)
}
