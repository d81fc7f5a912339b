// Medians and what lies around them.

export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (sorted.length - 1) * q
  const low = Math.floor(at)
  return sorted[low] + (sorted[Math.ceil(at)] - sorted[low]) * (at - low)
}

export const median = (values) => quantile(values, 0.5)

/** The median of repetitions, with the quartiles around it. */
export function spread(values) {
  return { median: median(values), low: quantile(values, 0.25), high: quantile(values, 0.75) }
}

/** The spread of what pairs of repetitions come to: each is compared with its partner. */
export function ratio(values, partners) {
  return spread(values.map((value, i) => value / partners[i]))
}
