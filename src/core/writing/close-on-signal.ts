interface Runtime {
  readonly pid: number
  once(signal: string, listener: () => void): unknown
  off(signal: string, listener: () => void): unknown
  listenerCount(signal: string): number
  kill(pid: number, signal: string): unknown
}

/**
 * Closes a cache, or caches, when the process is told to end (`SIGTERM`, unless another signal is
 * named): what is pending is written first. Then the process ends by that signal, unless somebody
 * else listens to it. Answers the function that takes this back.
 */
export function closeOnSignal(
  closable: { close(): Promise<void> },
  signal = 'SIGTERM',
): () => void {
  const { process } = globalThis as { process?: Runtime }
  if (process === undefined) return () => {}
  const end = async () => {
    await closable.close().catch(() => {})
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
  }
  const listener = () => void end()
  process.once(signal, listener)
  return () => void process.off(signal, listener)
}
