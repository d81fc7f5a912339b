/** The little that is needed to keep a document in step with data. */
const SVG = 'http://www.w3.org/2000/svg'

export type Attributes = Record<string, string | number | null>

export function set(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) element.removeAttribute(name)
    else {
      const text = typeof value === 'number' ? String(Math.round(value * 100) / 100) : value
      if (element.getAttribute(name) !== text) element.setAttribute(name, text)
    }
  }
}

export function svg(name: string, attributes: Attributes = {}, ...children: Element[]): SVGElement {
  const element = document.createElementNS(SVG, name)
  set(element, attributes)
  element.append(...children)
  return element
}

export function html<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name)
  set(element, attributes)
  element.append(...children)
  return element
}

/** Gives a group one child for each item, and uses again the children that it has. */
export function each<T>(
  parent: Element,
  name: string,
  items: T[],
  draw: (item: T) => Attributes & { text?: string },
): void {
  while (parent.childElementCount > items.length) parent.lastElementChild!.remove()
  items.forEach((item, index) => {
    const element = parent.children[index] ?? parent.appendChild(svg(name))
    const { text, ...attributes } = draw(item)
    set(element, attributes)
    if (text !== undefined) setText(element, text)
  })
}

export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}
