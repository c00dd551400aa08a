import type { Bytes, Store } from '../contracts/store.ts'
import { stampLength, stampOffset } from '../kernel/stamp.ts'
import type { CacheReport, ProcessIdentity } from './process-report.ts'

/** What one process says of one cache, as it lies in the store. */
export interface StoredReport {
  readonly process: ProcessIdentity
  readonly cache: CacheReport
}

/** Most reports in a store: of one process, one for each cache. */
const slots = 512
/** How a report begins; its stamp follows, as in every record. */
const magic = [0x48, 0x53, 0x52, 0x01]

/**
 * Where reports are: a fixed number of keys, which are read with one call, where listing the keys of a
 * store would take as long as it is large. No cache has such keys, so that no clearing removes them:
 * what comes after the name of one is a version, `#` or `!`.
 */
export const slotKeys: readonly string[] = Array.from(
  { length: slots },
  (_, slot) => `hotset:reports:${slot}`,
)

export function encodeReport(report: StoredReport, stamp: Bytes): Bytes {
  const text = new TextEncoder().encode(JSON.stringify(report))
  const bytes = new Uint8Array(stampOffset + stampLength + text.length)
  bytes.set(magic)
  bytes.set(stamp, stampOffset)
  bytes.set(text, stampOffset + stampLength)
  return bytes
}

/** Undefined for what is no report, or one of another version. */
export function decodeReport(bytes: Bytes | undefined): StoredReport | undefined {
  if (bytes === undefined || magic.some((byte, i) => bytes[i] !== byte)) return undefined
  try {
    const text = new TextDecoder().decode(bytes.subarray(stampOffset + stampLength))
    const report: unknown = JSON.parse(text)
    return isReport(report) ? report : undefined
  } catch {
    return undefined
  }
}

export async function readSlots(store: Store): Promise<(StoredReport | undefined)[]> {
  return (await store.getMany(slotKeys)).map(decodeReport)
}

function isReport(value: unknown): value is StoredReport {
  const { process, cache } = (value ?? {}) as Partial<StoredReport>
  return (
    typeof process?.id === 'string' &&
    typeof process.host === 'string' &&
    typeof process.pid === 'number' &&
    typeof cache?.at === 'number' &&
    typeof cache.inspection?.name === 'string'
  )
}
