// The storefront on the server: renders the cart as the user whose cookies came
// with the request, and answers the page and the cookies to set.
import { createShop } from './shop.js'
import { tokenHasExpired } from './expired.js'

export async function render(cookies: string, api: string, autoRefresh?: boolean) {
  const setCookies: string[] = []
  const problems: string[] = []
  const shop = await createShop({
    api,
    autoRefresh,
    token: /(?:^|; )shop_token=([^;]+)/.exec(cookies)?.[1],
    isUnauthorized: tokenHasExpired,
    refreshToken: async () => {
      const headers = { 'X-Shop': 'berlin', Cookie: cookies }
      const answer = await fetch(`${api}/token/refresh`, { method: 'POST', headers })
      setCookies.push(...answer.headers.getSetCookie()) // the refresh token lives in the browser
      return answer
    },
    onTokenRefreshed: (token) => setCookies.push(`shop_token=${token}; Path=/; SameSite=Lax`),
    onTokenRefreshError: (error) => problems.push(error.message),
  })
  let greeting = ''
  try {
    const response = await shop.request('/cart')
    greeting = response.ok
      ? `${(await response.json()).user}'s cart`
      : `A cart for guests (${response.status})`
  } catch (error) {
    greeting = `A cart for guests (${(error as Error).message})`
  } finally {
    shop.close() // a session for this request alone
  }
  const html = `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <title>A shop</title>
  <link rel="icon" href="data:," />
  <body data-api="${api}">
    <h1>${greeting}</h1>
    <form>
      <fieldset disabled>
        <label>E-mail <input name="email" /></label>
        <label>Password <input name="password" type="password" /></label>
        <button>Sign in</button>
        <button id="cart" type="button">Cart</button>
      </fieldset>
    </form>
    <output></output>
    <script type="module" src="/assets/main.js"></script>
  </body>
</html>`
  return { html, setCookies, problems }
}
