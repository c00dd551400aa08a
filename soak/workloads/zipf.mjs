/** Numbers below `n`, by Zipf's law with exponent 1: few of them often, most of them seldom. */
export function zipf(n) {
  const sums = new Float64Array(n)
  let sum = 0
  for (let i = 0; i < n; i++) {
    sum += 1 / (i + 1)
    sums[i] = sum
  }
  return () => {
    const drawn = Math.random() * sum
    let low = 0
    let high = n - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (sums[middle] < drawn) low = middle + 1
      else high = middle
    }
    return low
  }
}
