/** An element of the page that is known to be there, by its id. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id)
  if (!element) throw new Error(`the page has no #${id}`)
  return element as T
}

export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const created = document.createElement(name)
  if (className) created.className = className
  created.append(...children)
  return created
}

/** The rows of a `<dl>`. */
export function definitions(rows: [term: string, value: string][], valueClass = ''): Node[] {
  return rows.map(([term, value]) =>
    element('div', '', element('dt', '', term), element('dd', valueClass, value)),
  )
}

export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text
}
