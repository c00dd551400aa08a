/** What a key's servers are chosen among. */
export interface Candidate {
  /** `hashOf` its name, which stays the same as long as it is the same server. */
  readonly seed: number
}

/**
 * FNV-1a of the UTF-16 units: 32 bits, as a signed integer. Every process that shares the servers
 * must come to the same answer, in all versions of this package.
 */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  return hash | 0
}

/**
 * The server of a key: that with the highest score for it ("highest random weight", Thaler and
 * Ravishankar, 1998). Each server has an even share, and one that comes or goes moves its own share
 * and nothing else. A ring of points needs hundreds of them a server to be half as even.
 *
 * Those that are not `eligible` are passed over, so that their keys go to many servers, not to one.
 */
export function chosen<C extends Candidate>(
  key: string,
  candidates: readonly C[],
  eligible?: (candidate: C) => boolean,
): C | undefined {
  const hash = hashOf(key)
  let best: C | undefined
  let bestScore = -1
  for (const candidate of candidates) {
    const score = scoreOf(hash, candidate.seed)
    if (score <= bestScore || (eligible && !eligible(candidate))) continue
    best = candidate
    bestScore = score
  }
  return best
}

/** The last steps of MurmurHash3 (x86, 32 bits), from 0 to 2 ** 32 - 1. */
function scoreOf(hash: number, seed: number): number {
  let bits = hash ^ seed
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
