// Writes that are put off: what was acknowledged is written down here, what reached the source there.
import { appendFileSync } from 'node:fs'

const ids = 100
/** So many writes fit into one life of a process. */
const perLife = 1e7

export function putOffWrites({ cache, log, acknowledged, source, life, tally, going }) {
  const stock = cache.define({
    name: 'stock',
    key: String,
    load: () => 0,
    async saveMany(saves) {
      appendFileSync(source, saves.map(({ id, value }) => `${id} ${value}\n`).join(''))
    },
    write: 'behind',
    behind: { log, interval: 50, batchSize: 50 },
  })
  let n = life * perLife

  async function write() {
    const id = n % ids
    const value = ++n
    await stock.set(id, value)
    appendFileSync(acknowledged, `${id} ${value}\n`)
    tally.count('writes acknowledged')
  }

  return [going(write, 10)]
}
