/** Of both processes and all rounds of an outage. */
export function suffered(results) {
  const calls = results.flatMap((result) => result.calls)
  const most = (of) => Math.max(...calls.map(of))
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0)
  const stale = (group) => Math.max(...results.map((result) => result.stale[group]))
  return {
    calls: sum(calls.map((one) => one.calls)),
    errors:
      sum(calls.flatMap(({ errors }) => Object.values(errors))) +
      sum(calls.map(({ failed = 0 }) => failed)),
    unhandled: most(({ unhandled }) => unhandled),
    p99: most(({ p99 }) => p99),
    longest: most(({ longest }) => longest),
    stale: ['healthy', 'during', 'after'].map(stale),
  }
}
