import type { Clock } from './contracts/clock.ts'
import type { WriteLog } from './contracts/log.ts'

const redis = /^(?:redis|valkey)s?(?:\+(?:cluster|sentinel))?:/

/**
 * The log of a name: `memory:`, the URL of a redis server, or a directory, in which each name has
 * one of its own. Its code, and the driver it needs, are loaded when it is first used.
 */
export async function openLog(place: string, name: string, clock: Clock): Promise<WriteLog> {
  if (place === 'memory:') {
    const { memoryLog } = await import('./logs/memory.ts')
    return memoryLog()
  }
  if (redis.test(place)) {
    const { redisLog } = await import('./logs/redis.ts')
    return redisLog({ url: place, name, clock })
  }
  const { fileLog } = await import('./logs/file.ts')
  const directory = place.replace(/^file:(\/\/(?=\/))?/, '')
  return fileLog({ directory: `${directory}/${encodeURIComponent(name)}` })
}
