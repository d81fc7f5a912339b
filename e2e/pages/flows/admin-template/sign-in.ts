import { auth } from './http.js'

const form = document.querySelector('form')!
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  await auth.signin(Object.fromEntries(new FormData(form)))
  location.assign('/')
})
