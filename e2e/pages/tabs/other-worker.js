// An application's service worker that knows nothing of authfetch.
addEventListener('install', () => self.skipWaiting())
addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
addEventListener('message', (event) => event.source.postMessage('heard'))
