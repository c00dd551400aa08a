import type { Send } from '../../drivers/redis/connection.ts'
import { keyOfRedis, patternOf } from '../../drivers/redis/redis-key.ts'

/** Keys that a server looks at before it answers a part. */
const step = '1000'

/** The keys of some servers that begin with the prefix, each once. */
export async function* scanServers(
  servers: readonly Send[],
  prefix: string,
): AsyncGenerator<string, void> {
  // A server may name a key twice while its table grows or shrinks, and two do while it moves.
  const told = new Set<string>()
  for (const send of servers) {
    let cursor = '0'
    do {
      const reply = await send(['SCAN', cursor, 'MATCH', patternOf(prefix), 'COUNT', step])
      const [next, names] = reply as [Buffer, Buffer[]]
      cursor = String(next)
      for (const name of names) {
        const key = keyOfRedis(name.toString())
        if (!key.startsWith(prefix) || told.has(key)) continue
        told.add(key)
        yield key
      }
    } while (cursor !== '0')
  }
}
