import type { DatabaseChanges } from '../database-changes.ts'
import type { TableChange } from '../table-change.ts'

type Told = Pick<DatabaseChanges, 'changed' | 'tags'>

/** More changes of a table than these that come at once are told as one of any of its rows. */
const mostChanges = 100

/** What comes in one turn is told at once, and nothing waits for what was told before. */
export class News {
  readonly #changes: Told
  readonly #onError: (error: unknown) => void
  readonly #telling = new Set<Promise<void>>()
  #waiting: TableChange[] = []

  constructor(changes: Told, onError: (error: unknown) => void) {
    this.#changes = changes
    this.#onError = onError
  }

  add(...changes: readonly TableChange[]): void {
    const isFirst = this.#waiting.length === 0
    this.#waiting.push(...changes)
    if (!isFirst) return
    const telling = Promise.resolve()
      .then(() => this.#tell())
      .catch(this.#onError)
      .finally(() => this.#telling.delete(telling))
    this.#telling.add(telling)
  }

  async told(): Promise<void> {
    await Promise.all(this.#telling)
  }

  async #tell(): Promise<void> {
    const changes = this.#waiting.map((change) => this.#named(change))
    this.#waiting = []
    const counts = new Map<string, number>()
    for (const { table } of changes) counts.set(table, (counts.get(table) ?? 0) + 1)
    const isMany = ({ table }: TableChange) => (counts.get(table) ?? 0) > mostChanges
    const many = new Set(changes.filter(isMany).map(({ table }) => table))
    await this.#changes.changed([
      ...changes.filter((change) => !isMany(change)),
      ...[...many].map((table) => ({ table })),
    ])
  }

  /** With the columns by the names that tags know them by. */
  #named({ table, values }: TableChange): TableChange {
    if (values === undefined) return { table }
    const names = new Map(
      this.#changes.tags.columns(table).map((column) => [column.toLowerCase(), column]),
    )
    const renamed = [...values].map(
      ([column, those]) => [names.get(column.toLowerCase()) ?? column, those] as const,
    )
    return { table, values: new Map(renamed) }
  }
}
