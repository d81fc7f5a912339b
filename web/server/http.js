/** Small things that every handler of the server needs. */

export function sendJson(res, status, value, headers = {}) {
  res.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
    ...headers,
  })
  res.end(JSON.stringify(value))
}

export async function readBody(req, limit = 64 * 1024 * 1024) {
  const chunks = []
  let size = 0
  for await (const chunk of req) {
    size += chunk.length
    if (size > limit) throw Object.assign(new Error('the body is too long'), { status: 413 })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

export async function readJson(req) {
  const text = (await readBody(req)).toString()
  if (!text) return {}
  try {
    return JSON.parse(text)
  } catch {
    throw Object.assign(new Error('the body is not JSON'), { status: 400 })
  }
}

/**
 * The fields of a form request, which stay in the request to be read again.
 * Putting back has to happen in the turn in which the last byte was taken,
 * before the stream says that it ended; so the length must be known beforehand,
 * which it is for the forms that browsers send.
 */
export function peekForm(req) {
  const length = Number(req.headers['content-length'])
  if (!length) return Promise.resolve(new URLSearchParams())
  return new Promise((resolve, reject) => {
    const chunks = []
    let size = 0
    function take() {
      for (let chunk; (chunk = req.read()) !== null;) {
        chunks.push(chunk)
        size += chunk.length
      }
      if (size < length) return
      const body = Buffer.concat(chunks)
      req.off('readable', take)
      req.unshift(body)
      resolve(new URLSearchParams(body.toString()))
    }
    req.on('readable', take)
    req.once('error', reject)
  })
}

/**
 * Lets pages of the allowed origins call, https://fetch.spec.whatwg.org/#http-cors-protocol.
 * Answers a preflight by itself and tells so by returning true.
 */
export function handleCors(req, res, isAllowed) {
  const { origin } = req.headers
  res.setHeader('Vary', 'Origin')
  if (!origin || !isAllowed(origin)) return false
  res.setHeader('Access-Control-Allow-Origin', origin)
  res.setHeader('Access-Control-Allow-Credentials', 'true')
  res.setHeader('Access-Control-Expose-Headers', 'WWW-Authenticate, Retry-After')
  if (req.method !== 'OPTIONS' || !req.headers['access-control-request-method']) return false
  res.writeHead(204, {
    'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
    'Access-Control-Allow-Headers': req.headers['access-control-request-headers'] ?? '',
    'Access-Control-Max-Age': '600',
  })
  res.end()
  return true
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
