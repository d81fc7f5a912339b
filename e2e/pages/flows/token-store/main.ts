// A page that the builder has made: a data source, and a table that shows it.
import { createTokenStore } from './token-store.js'

const { url } = document.body.dataset as { url: string }
const source = createTokenStore({ url, email: 'ada@example.com', password: 'lovelace' })
const output = document.querySelector('output')!

async function load(): Promise<void> {
  const rows = await Promise.all(
    ['1', '2', '3'].map(async (id) => (await source.fetch(`/items/${id}`)).json()),
  )
  output.value = rows.map(({ item, user }) => `${item} of ${user}`).join(', ')
}

document.querySelector('#load')!.addEventListener('click', load)
void load()
