// What Go lets ordinary requests carry without being asked. Nearly every request of a
// page that is signed in is one of them, and never crosses into the module.
import { bare } from './exchange.js'
import { FORCE, OWN, type ClientConfig, type EndpointConfig, type Verdict } from './wasm.js'

export class Standing {
  private credential = ''
  private until = 0
  /** Where Go has sent a request with this credential: what it decides once of an origin holds. */
  private readonly origins = new Set<string>()
  /** Of which Go is always asked. */
  private readonly endpoints: ReadonlySet<string | undefined>

  constructor({ signin, refresh, signout }: ClientConfig) {
    this.endpoints = new Set([signin, refresh, signout].map(bareUrl))
  }

  /** To be called by Go: the credential, "" for none, until a time of the clock in milliseconds. */
  replace(credential: string, until: number): void {
    this.credential = credential
    this.until = until
    this.origins.clear()
  }

  /** How a request sets out: as it stands, or as Go says. */
  verdict(url: string, flags: number, ask: () => Verdict): Verdict {
    const { credential } = this
    if (!credential || flags & (OWN | FORCE) || Date.now() >= this.until) return ask()
    const { origin } = new URL(url)
    if (this.origins.has(origin) && !this.endpoints.has(bare(url))) return credential
    const verdict = ask()
    if (verdict === this.credential) this.origins.add(origin)
    return verdict
  }
}

const bareUrl = (endpoint: EndpointConfig) =>
  endpoint && typeof endpoint === 'object' ? bare(endpoint.url) : undefined
