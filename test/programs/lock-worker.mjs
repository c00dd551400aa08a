// A process that works under locks and limits of a shared store: [verb, ...args] in, the answer out.
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createCache } from 'hotset'

const [store, directory] = process.argv.slice(2)
const cache = createCache({ store, storeTimeout: '20s' })
const file = join(directory, 'counter')
const log = join(directory, 'fences')
const turn = () => new Promise((resolve) => setImmediate(resolve))

const verbs = {
  /** Adds to a number in a file, which takes a moment: two at once would lose a step. */
  async count(rounds) {
    const lock = cache.lock('counter', { ttl: '1m', wait: '1m' })
    for (let round = 0; round < rounds; round++) {
      await lock.run(async (hold) => {
        const number = Number(readFileSync(file, 'utf8'))
        await turn()
        writeFileSync(file, `${number + 1}`)
        appendFileSync(log, `${hold.fence}\n`)
      })
    }
  },
  /** The most that were inside at once, as seen from inside. */
  async crowd(rounds, permits) {
    const semaphore = cache.semaphore('crowd', permits, { ttl: '1m', wait: '1m' })
    let most = 0
    for (let round = 0; round < rounds; round++) {
      await semaphore.run(async (hold) => {
        const mark = join(directory, `inside-${hold.owner}`)
        writeFileSync(mark, '')
        await turn()
        const inside = readdirSync(directory).filter((name) => name.startsWith('inside-'))
        most = Math.max(most, inside.length)
        rmSync(mark)
      })
    }
    return most
  },
  /** How much was allowed of so many calls at once; no window ends before the year 2033. */
  async take(calls, limit, algorithm) {
    const rate = cache.rateLimit(algorithm, { limit, window: 1e12, algorithm })
    const answers = await Promise.all(Array.from({ length: calls }, () => rate.take('somebody')))
    return answers.filter(({ allowed }) => allowed).length
  },
  /** Takes a lock and keeps it, as long as this process lives. */
  async hold(ttl) {
    return (await cache.lock('held', { ttl, autoExtend: true }).acquire()).fence
  },
  tryHold: async () => (await cache.lock('held').tryAcquire())?.fence ?? null,
  async waitForHeld() {
    return (await cache.lock('held', { wait: '1m' }).acquire()).fence
  },
}

process.on('message', async ([verb, ...args]) => {
  try {
    process.send({ answer: await verbs[verb](...args) })
  } catch (error) {
    process.send({ error: error.message })
  }
})
process.on('disconnect', () => process.exit())
