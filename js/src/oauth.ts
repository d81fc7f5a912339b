// The entry dist/oauth.js, which is loaded where the option `oauth` is first needed.
export { open } from './oauth/index.js'
