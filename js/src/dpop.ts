// The entry dist/dpop.js, which oauth.js loads where the option `oauth.dpop` is on.
export { open } from './oauth/dpop.js'
