/** What one process saw since it was last asked. */
export class Tally {
  #counts = {}
  #most = {}
  #latencies = {}
  #lists = {}

  count(what, by = 1) {
    this.#counts[what] = (this.#counts[what] ?? 0) + by
  }

  most(what, amount) {
    this.#most[what] = Math.max(this.#most[what] ?? 0, amount)
  }

  /** How long a call took, in milliseconds. */
  took(what, ms) {
    this.#latencies[what] ??= []
    this.#latencies[what].push(ms)
  }

  note(what, item) {
    this.#lists[what] ??= []
    this.#lists[what].push(item)
  }

  /** Everything, from the beginning again. */
  take() {
    const latencies = Object.fromEntries(
      Object.entries(this.#latencies).map(([what, all]) => [what, spread(all)]),
    )
    const taken = { counts: this.#counts, most: this.#most, lists: this.#lists, latencies }
    this.#counts = {}
    this.#most = {}
    this.#latencies = {}
    this.#lists = {}
    return taken
  }
}

function spread(all) {
  const sorted = Float64Array.from(all).sort()
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  return { median: at(0.5), p99: at(0.99), longest: sorted.at(-1) }
}
