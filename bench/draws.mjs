/** Numbers from 0 up to 1, the same every time for the same seed (xorshift32). */
export function randomFrom(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

const skew = 0.99
/** Spreads ranks over the indices, so that popular entries do not lie side by side. Prime. */
const stride = 2654435761

/**
 * Draws an index below `space`, some far more often than others: Zipf's law, by the formula of
 * Gray et al., "Quickly Generating Billion-Record Synthetic Databases", SIGMOD 1994.
 */
export function zipf(space, random) {
  const zeta = harmonic(space)
  const alpha = 1 / (1 - skew)
  const eta = (1 - (2 / space) ** (1 - skew)) / (1 - harmonic(2) / zeta)
  return () => {
    const share = random()
    const mass = share * zeta
    if (mass < 1) return scattered(0)
    if (mass < 1 + 0.5 ** skew) return scattered(1)
    return scattered(Math.floor(space * (eta * share - eta + 1) ** alpha))
  }

  function scattered(rank) {
    return (rank * stride) % space
  }
}

function harmonic(count) {
  let sum = 0
  for (let rank = 1; rank <= count; rank++) sum += rank ** -skew
  return sum
}

/** A shuffled copy. */
export function shuffled(items, random) {
  const copy = [...items]
  for (let last = copy.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    ;[copy[last], copy[other]] = [copy[other], copy[last]]
  }
  return copy
}
