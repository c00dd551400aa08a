import type { LogPosition, LogRecord, WriteLog } from '../contracts/log.ts'
import type { Bytes } from '../contracts/store.ts'
import { LogFullError } from '../kernel/errors.ts'
import { expectOptions } from '../kernel/expect.ts'
import { bytes as sizeOf } from '../kernel/size.ts'

/** How large the log may grow. */
export interface MemoryLogOptions {
  /** Most bytes that wait, as a number or a size such as `'64mb'`. @default '64mb' */
  readonly maxBytes?: number | string | undefined
}

/** A log that ends with the process: for tests, and for writes that may be lost. */
export function memoryLog(options: MemoryLogOptions = {}): WriteLog {
  expectOptions('memoryLog', options, new Set(['maxBytes']))
  const maxBytes = sizeOf('maxBytes', options.maxBytes ?? '64mb')
  const records = new Map<LogPosition, Bytes>()
  let last = 0
  let used = 0
  return {
    name: 'memory',
    durable: false,
    async open(): Promise<LogRecord[]> {
      return [...records].map(([position, bytes]) => ({ position, bytes }))
    },
    async append(bytes) {
      if (used + bytes.length > maxBytes) {
        throw new LogFullError(`The memory log has no room for ${bytes.length} bytes more`)
      }
      used += bytes.length
      records.set(++last, bytes)
      return last
    },
    release(positions) {
      for (const position of positions) {
        used -= records.get(position)?.length ?? 0
        records.delete(position)
      }
    },
    async close() {},
  }
}
