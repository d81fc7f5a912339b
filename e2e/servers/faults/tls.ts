// A certificate for this process alone. Browsers speak HTTP/2, which upload
// streams need, over TLS only.
import { execFileSync } from 'node:child_process'

let made: string | undefined

/** A key and a self-signed certificate for localhost, in one PEM text. */
export function selfSigned(): string {
  made ??= execFileSync(
    'openssl',
    [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
      ],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
      ...['-keyout', '-'], // the certificate goes there too
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  )
  return made
}
