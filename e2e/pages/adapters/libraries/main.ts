// Every library asks five times who the user is.
import { gql as apolloGql } from '@apollo/client'
import { gql } from '@urql/core'
import * as apollo from './apollo.js'
import { auth } from './auth.js'
import * as ky from './ky.js'
import * as ofetch from './ofetch.js'
import * as openapi from './openapi-fetch.js'
import * as query from './query.js'
import * as urql from './urql.js'

export { auth }

/** Each asks for one thing, and answers the user's name; it throws what the library throws. */
export const ask: Record<string, (id: string, signal?: AbortSignal) => Promise<string | undefined>> = {
  ky: async (id, signal) =>
    (await ky.api(`guarded/${id}`, { prefix: '/', signal }).json<{ user: string }>()).user,
  ofetch: async (id, signal) => (await ofetch.api<{ user: string }>(`/guarded/${id}`, { signal })).user,
  'openapi-fetch': async (id, signal) =>
    (await openapi.api.GET('/guarded/{id}', { params: { path: { id } }, signal })).data?.user,
  'TanStack Query': async (id) => (await query.queryClient.fetchQuery(query.userQuery(id))).user,
  urql: async (id) => {
    const { data, error } = await urql.client
      .query(
        gql`
          query User($id: ID) {
            user(id: $id)
          }
        `,
        { id },
      )
      .toPromise()
    if (error) throw error.networkError ?? error
    return data.user
  },
  Apollo: async (id) => {
    const { data } = await apollo.client.query<{ user: string }>({
      query: apolloGql`query User($id: ID) { user(id: $id) }`,
      variables: { id },
    })
    return data?.user
  },
}
