/** The people who can sign in. A demo: real servers keep no passwords. */
const people = {
  ada: { password: 'lovelace', name: 'Ada Lovelace', role: 'Analyst of engines', born: 1815 },
  grace: { password: 'hopper', name: 'Grace Hopper', role: 'Compiler of compilers', born: 1906 },
}

function withoutPassword(id) {
  const { password, ...profile } = people[id]
  return { sub: id, ...profile }
}

export function authenticate(username, password) {
  if (!Object.hasOwn(people, username) || people[username].password !== password) return undefined
  return withoutPassword(username)
}

export function profileOf(id) {
  return Object.hasOwn(people, id) ? withoutPassword(id) : undefined
}
