// Each second all processes ask for a key that nobody ever asked for: one load must do for all of them.
import { setTimeout as pause } from 'node:timers/promises'

const callers = 25

export function coldKeys({ cache, kind, tally, going }) {
  async function rush() {
    await pause(1_000 - (Date.now() % 1_000))
    const second = Math.floor(Date.now() / 1_000)
    const load = async () => {
      tally.note(`${kind} cold loads`, second)
      await pause(30)
      return second
    }
    const calls = Array.from({ length: callers }, () =>
      cache.getOrSet(`cold:${second}`, load, { ttl: '1m' }),
    )
    await Promise.all(calls)
  }
  return [going(rush, 1)]
}
