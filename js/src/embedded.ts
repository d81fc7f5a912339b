// In place of beside.ts on a server: what a bundler makes of a server's code has no
// folder of its own where a file could be found beside it, so the module is inside.
import base64 from 'authfetch:base64'

export const beside = (): ArrayBuffer => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)).buffer
