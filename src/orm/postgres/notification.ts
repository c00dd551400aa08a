import type { TableChange } from '../table-change.ts'

/** What a notification tells. Undefined for one that is none of our triggers'. */
export function readNotification(payload: string): TableChange | undefined {
  try {
    const { table, values } = JSON.parse(payload)
    if (typeof table !== 'string') return undefined
    if (values === undefined) return { table }
    const byColumn = Object.entries(values).filter((entry): entry is [string, unknown[]] =>
      Array.isArray(entry[1]),
    )
    return { table, values: new Map(byColumn) }
  } catch {
    return undefined
  }
}
