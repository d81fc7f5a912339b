// Where the hand-made clients keep their tokens, as most applications do.
export function store(name, tokens) {
  const set = ({ access_token, refresh_token }) => {
    localStorage.setItem(`${name}.access`, access_token)
    localStorage.setItem(`${name}.refresh`, refresh_token)
  }
  set(tokens)
  return {
    set,
    access: () => localStorage.getItem(`${name}.access`),
    refresh: () => localStorage.getItem(`${name}.refresh`),
  }
}
