// The entry dist/verify.js, which oauth.js loads where the option `oauth.verify` is on.
export { open } from './oauth/verify.js'
