// The storefront in the browser. What the SDK has to know of this shop's API, and
// where the token is kept for the server that renders the pages, is said here.
import { createShop } from './shop.js'
import { tokenHasExpired } from './expired.js'

const { api } = document.body.dataset as { api: string }
const form = document.querySelector('form')!
const output = document.querySelector('output')!
const keep = (token: string) => (document.cookie = `shop_token=${token}; Path=/; SameSite=Lax`)

const shop = await createShop({
  api,
  isUnauthorized: tokenHasExpired,
  refreshToken: () =>
    fetch(`${api}/token/refresh`, {
      method: 'POST',
      headers: { 'X-Shop': 'berlin' },
      credentials: 'include',
    }),
  onTokenRefreshed: keep,
  onTokenRefreshError: (error) => (output.value = `Please sign in again. ${error.message}`),
})

async function showCart(): Promise<void> {
  const response = await shop.request('/cart')
  if (response.ok) output.value = `${(await response.json()).user}'s cart`
}

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const session = await shop.signin(Object.fromEntries(new FormData(form)))
  keep(session.accessToken)
  await showCart()
})
document.querySelector('#cart')!.addEventListener('click', showCart)
document.querySelector('fieldset')!.disabled = false
