import type { Keyspace } from './keyspace.ts'

/** One key: as the caller wrote it, as memory has it, as the store has it. */
export interface Place {
  readonly key: string
  readonly memoryKey: string
  readonly physicalKey: string
  readonly space: Keyspace
}

export function placeOf(
  space: Keyspace,
  key: string,
  memoryKey: string,
  version: number | undefined,
): Place {
  return { key, memoryKey, physicalKey: space.physicalKey(key, version), space }
}
