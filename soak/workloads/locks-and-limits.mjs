// Who has the lock writes its fence down; of a rate limit each process says what it was allowed.
import { appendFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

export const limit = 50
const window = 5_000

export function locksAndLimits({ cache, fences, tally, going }) {
  const lock = cache.lock('soak', { ttl: '10s', wait: '30s' })
  const rate = cache.rateLimit('soak', { limit, window, algorithm: 'fixed' })

  async function hold() {
    await lock.run(async ({ fence }) => {
      appendFileSync(fences, `${fence}\n`)
      await pause(5)
    })
    tally.count('locks held')
  }

  async function take() {
    const { allowed, resetAt } = await rate.take('somebody')
    if (allowed) tally.note('allowed', resetAt)
  }

  return [going(hold, 250), going(take, 50)]
}
