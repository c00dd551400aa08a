import type { Serial } from '../../kernel/serial.ts'
import type { Source } from './source.ts'
import type { Change, Settle } from './write.ts'

/**
 * Writes to the source, and settles the cache only then; nothing happens to it where the source
 * fails. Those of one key come one after the other. All keys take their place in the queues at once,
 * so that no two callers wait for each other.
 */
export async function writeDirectly<K, V>(
  source: Source<K, V>,
  serial: Serial,
  changes: readonly Change<K, V>[],
  settle: Settle<K, V>,
): Promise<boolean[]> {
  let ahead = changes.length
  let start = () => {}
  let finish = () => {}
  const started = new Promise<void>((resolve) => {
    start = resolve
  })
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  for (const { key } of changes) {
    void serial.run(key, async () => {
      if (--ahead === 0) start()
      await finished
    })
  }
  await started
  try {
    const failures = await source.write(changes)
    const settled = await Promise.all(
      changes.map((change, i) => (failures[i] === undefined ? settle(change) : false)),
    )
    const failure = failures.find((one) => one !== undefined)
    if (failure !== undefined) throw failure.error
    return settled
  } finally {
    finish()
  }
}
