export function mean(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}

export function median(numbers) {
  const sorted = ascending(numbers)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

export function lowerQuartile(numbers) {
  return ascending(numbers)[numbers.length >> 2]
}

/** How many times as much the one is as the other: in the middle of the rounds, and at most and least. */
export function quotient(above, below) {
  const each = above.map((number, round) => number / below[round])
  return { middle: median(each), low: Math.min(...each), high: Math.max(...each) }
}

function ascending(numbers) {
  return [...numbers].sort((a, b) => a - b)
}
