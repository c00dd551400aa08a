import { lineReader } from '../line-reader.ts'
import type { TraceFormat } from '../trace-format.ts'

const line = /^\d+,(.*),(\d+),(\d+),\d+,([a-z]+),\d+$/

/**
 * The cache traces that Twitter published (OSDI 2020): timestamp, key, key size, value size,
 * client, operation, TTL. Reads count: what a client writes after a miss, the simulator writes.
 */
export const twitter: TraceFormat = {
  name: 'twitter',
  recognises: (_, firstLine) => line.test(firstLine),
  parser: (sink, { file }) =>
    lineReader(file, (bytes, start, end) => {
      const [, key, keySize, valueSize, operation] =
        line.exec(bytes.toString('latin1', start, end)) ?? []
      if (key === undefined) return 'timestamp,key,key size,value size,client,operation,ttl'
      if (operation !== 'get' && operation !== 'gets') return undefined
      const known = Number(valueSize) > 0
      sink.access(key, known ? Number(keySize) + Number(valueSize) : undefined)
      return undefined
    }),
}
