// An application's own service worker. The first line is authfetch's.
import '/package/service-worker.js'

addEventListener('install', () => self.skipWaiting())
addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
