import axios from 'axios'
import { createAuth } from 'authfetch'
import { withAuth } from 'authfetch/axios'

const auth = createAuth({
  signin: '/auth/login',
  refresh: { url: '/auth/refresh-token', refreshTokenField: 'refreshToken' },
  signout: { url: '/auth/logout', refreshTokenField: 'refreshToken' },
  storage: { keys: { accessToken: 'accessToken', refreshToken: 'refreshToken' } },
  onFailedRefresh: () => location.assign('/sign-in'),
})

export const http = withAuth(axios.create(), auth)

export async function signIn(username: string, password: string): Promise<void> {
  await auth.signin({ username, password })
}

export const signOut = auth.signout
