import { QueryClient, queryOptions } from '@tanstack/react-query'
import { AuthError } from 'authfetch'
import { auth } from './auth.js'

/** A session that has ended does not come back by asking again. */
const retry = (count: number, error: Error) => count < 3 && !(error instanceof AuthError && !error.transient)

export const queryClient = new QueryClient({ defaultOptions: { queries: { retry } } })

export const userQuery = (id: string) =>
  queryOptions({
    queryKey: ['user', id],
    queryFn: async ({ signal }) => {
      const response = await auth.fetch(`/guarded/${id}`, { signal })
      if (!response.ok) throw new Error(`The server answered ${response.status}`)
      return (await response.json()) as { user: string }
    },
  })
