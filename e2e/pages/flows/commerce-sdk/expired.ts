/** This API answers 403 to an expired token, and to other things; the body tells which. */
export async function tokenHasExpired(response: Response): Promise<boolean> {
  return response.status === 403 && (await response.json()).code === 'token_expired'
}
