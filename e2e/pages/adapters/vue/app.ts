// An application with a page for everybody and one for who is signed in.
import { createSSRApp, defineComponent, h, ref } from 'vue'
import { RouterView, createRouter, type RouterHistory } from 'vue-router'
import type { Auth } from 'authfetch'
import { useAuth, useSession } from 'authfetch/vue'
import { connect } from './guarded.js'

const Greeting = defineComponent(() => {
  const session = useSession()
  const words = () => (session.value === undefined ? 'Loading' : session.value ? 'Welcome' : 'Hello stranger')
  return () => h('p', words())
})

const Home = defineComponent(() => () => h('i', 'Home'))

const SignIn = defineComponent(() => {
  const auth = useAuth()
  return () => h('button', { onClick: () => auth.signin() }, 'Sign in')
})

const Account = defineComponent(() => {
  const auth = useAuth()
  const answer = ref('')
  const ask = async () => {
    try {
      answer.value = await (await auth.fetch('/guarded/1')).text()
    } catch {} // the handler below leads away
  }
  return () => [
    h('button', { onClick: ask }, 'Ask'),
    h('button', { onClick: () => auth.signout() }, 'Sign out'),
    h('output', answer.value),
  ]
})

export function createApplication(auth: Auth, history: RouterHistory) {
  const router = createRouter({
    history,
    routes: [
      { path: '/', component: Home },
      { path: '/sign-in', component: SignIn },
      { path: '/account', component: Account, meta: { requiresAuth: true } },
    ],
  })
  const app = createSSRApp(() => [h(Greeting), h(RouterView)])
  connect(app, router, auth)
  return { app, router }
}
