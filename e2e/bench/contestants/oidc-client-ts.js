// oidc-client-ts keeps the user; its documentation has the application fetch with
// the access token of getUser().
import { User, UserManager, WebStorageStateStore } from 'oidc-client-ts'

export function manager(name, settings) {
  return new UserManager({
    authority: location.origin,
    client_id: name,
    redirect_uri: location.origin + location.pathname,
    userStore: new WebStorageStateStore({ store: localStorage }),
    ...settings,
  })
}

export function keep(users, { access_token, refresh_token, token_type, expires_in }) {
  const expires_at = Math.floor(Date.now() / 1000) + expires_in
  const profile = {
    sub: 'someone',
    iss: location.origin,
    aud: 'bench',
    exp: expires_at,
    iat: expires_at - expires_in,
  }
  return users.storeUser(new User({ access_token, refresh_token, token_type, expires_at, profile }))
}

export function getter(users) {
  return async (path) => {
    const user = await users.getUser()
    return (await fetch(path, { headers: { Authorization: `Bearer ${user.access_token}` } })).json()
  }
}

export async function open({ name, tokens, refreshBefore = 60 }) {
  // It renews in the background too, by itself.
  const users = manager(name, { accessTokenExpiringNotificationTimeInSeconds: refreshBefore })
  await keep(users, tokens)
  return { get: getter(users) }
}
