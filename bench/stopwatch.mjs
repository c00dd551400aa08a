/**
 * Answers the milliseconds of work since now: those on the clock, or those of this process where
 * they are fewer. Another process that was given the processor meanwhile adds to the former alone,
 * and threads of V8's own, which collect and compile beside us, to the latter alone.
 */
export function stopwatch() {
  const cpu = process.cpuUsage()
  const start = performance.now()
  return () => {
    const elapsed = performance.now() - start
    const { user, system } = process.cpuUsage(cpu)
    return Math.min(elapsed, (user + system) / 1000)
  }
}
