import type { TableChange } from './table-change.ts'

/**
 * What a transaction has changed so far, with its savepoints. Nobody is told of it before the commit:
 * who loaded in between would load what was there before, and keep it.
 */
export class PendingChanges {
  #changes: TableChange[] = []
  #savepoints: { readonly name: string; readonly length: number }[] = []

  add(changes: readonly TableChange[]): void {
    this.#changes.push(...changes)
  }

  /** As of now. */
  get changes(): readonly TableChange[] {
    return [...this.#changes]
  }

  savepoint(name: string): void {
    this.#savepoints.push({ name, length: this.#changes.length })
  }

  /** What was changed since the latest savepoint of the name never happened; the savepoint stays. */
  rollbackTo(name: string): void {
    const at = this.#savepoints.findLastIndex((savepoint) => savepoint.name === name)
    const savepoint = this.#savepoints[at]
    if (savepoint === undefined) return
    this.#changes.length = savepoint.length
    this.#savepoints.length = at + 1
  }

  get savepoints(): number {
    return this.#savepoints.length
  }

  /** Forgets the latest savepoint of the name and those after it; what was changed stays. */
  release(name: string): void {
    const at = this.#savepoints.findLastIndex((savepoint) => savepoint.name === name)
    if (at >= 0) this.#savepoints.length = at
  }

  /** All that was changed; empty from then on. */
  take(): TableChange[] {
    const changes = this.#changes
    this.#changes = []
    this.#savepoints = []
    return changes
  }
}
