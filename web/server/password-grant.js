import { errors } from 'oidc-provider'
import { authenticate } from './accounts.js'

export const passwordGrantParameters = ['username', 'password', 'scope']

const SCOPES = ['openid', 'offline_access']

/**
 * The resource owner password credentials grant of RFC 6749 section 4.3, which
 * the provider leaves to whoever wants it. OAuth 2.1 drops it; it is here since
 * a sign-in form of one's own is what most applications still have.
 */
export function createPasswordGrant(provider) {
  return async function passwordGrant(ctx) {
    const { client, params } = ctx.oidc
    const profile = authenticate(params.username, params.password)
    if (!profile) throw wrongCredentials()

    const scope = (params.scope ?? '')
      .split(' ')
      .filter((name) => SCOPES.includes(name))
      .join(' ')
    const owner = { accountId: profile.sub, client, gty: 'password' }

    const grant = new provider.Grant({ accountId: profile.sub, clientId: client.clientId })
    if (scope) grant.addOIDCScope(scope)
    owner.grantId = await grant.save()

    const accessToken = new provider.AccessToken({ ...owner, scope })
    const answer = {
      access_token: await accessToken.save(),
      expires_in: accessToken.expiration,
      token_type: 'Bearer',
      scope,
    }
    if (scope.includes('offline_access')) {
      answer.refresh_token = await new provider.RefreshToken({ ...owner, scope, rotations: 0 }).save()
    }
    if (scope.includes('openid')) answer.id_token = await issueIdToken(profile, ctx)
    ctx.body = answer
  }

  async function issueIdToken(profile, ctx) {
    const token = new provider.IdToken(profile, { ctx })
    token.scope = 'openid'
    return token.issue({ use: 'idtoken' })
  }
}

function wrongCredentials() {
  const error = new errors.InvalidGrant('wrong name or password')
  error.error_description = 'the name or the password is wrong'
  return error
}
