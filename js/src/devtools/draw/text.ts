/** How wide a character of the small text is, roughly: to know what fits. */
export const CHARACTER = 6.1

export interface PlacedText {
  text: string
  at: number
  anchor: 'start' | 'middle' | 'end'
}

export function fitsInside(text: string, from: number, to: number): boolean {
  return to - from > text.length * CHARACTER + 12
}

export function inside(text: string, from: number, to: number): PlacedText {
  return { text, at: (from + to) / 2, anchor: 'middle' }
}

/** Text after a thing where there is room, else before it, else none. */
export function placeOutside(
  text: string,
  from: number,
  to: number,
  rightLimit: number,
  leftLimit: number,
): PlacedText[] {
  const width = text.length * CHARACTER
  if (to + 5 + width <= rightLimit) return [{ text, at: to + 5, anchor: 'start' }]
  if (from - 5 - width >= leftLimit) return [{ text, at: from - 5, anchor: 'end' }]
  return []
}

export function shorten(text: string, room: number): string {
  return text.length > room ? `${text.slice(0, Math.max(room - 1, 1))}…` : text
}
