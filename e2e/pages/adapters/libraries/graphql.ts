/** GraphQL servers may say it with status 200. */
export async function tokenIsRefused(response: Response): Promise<boolean> {
  if (response.status === 401) return true
  if (!response.url.endsWith('/graphql') || !response.ok) return false
  const { errors = [] } = (await response.json()) as { errors?: { extensions?: { code?: string } }[] }
  return errors.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED')
}
