// Playwright's test with the application that the example is about.
import { start } from '../../../servers/flows/admin-template.js'
import { flowTest } from '../../flows/shared.js'

export const test = flowTest(() => start('adapters/moving-over')).extend({
  baseURL: async ({ server }, use) => use(server.page),
})
