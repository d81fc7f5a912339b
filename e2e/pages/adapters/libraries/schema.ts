// As openapi-typescript would write it.
export interface paths {
  '/guarded/{id}': {
    get: {
      parameters: { path: { id: string } }
      responses: { 200: { content: { 'application/json': { user: string } } } }
    }
  }
}
