import type { ConnectionChanges } from './connection-changes.ts'

/** Has a statement run; what it changed is told when this resolves, or rejects. */
export async function runAndTell<T>(
  changes: ConnectionChanges,
  sql: string,
  parameters: readonly unknown[],
  run: () => Promise<T>,
): Promise<T> {
  let result: T
  try {
    result = await run()
  } catch (error) {
    await changes.failed(sql, parameters)
    throw error
  }
  await changes.ran(sql, parameters)
  return result
}
