import type { DatabaseChanges, TransactionChanges } from '../database-changes.ts'
import type { TableChange } from '../table-change.ts'

/** Of an interactive transaction or a batch, what its operations have in common. */
export interface OpenTransaction {
  readonly id: unknown
}

export interface TransactionEnd {
  commit(): Promise<void>
  rollback(): void
}

const savepoint = 'nested'

/** What the transactions that are under way have changed so far. */
export class OpenTransactions {
  readonly #changes: DatabaseChanges
  readonly #pending = new Map<unknown, TransactionChanges>()

  constructor(changes: DatabaseChanges) {
    this.#changes = changes
  }

  /** Tells at once where there is no transaction, or one of which nobody will tell the end. */
  async tell(
    transaction: OpenTransaction | undefined,
    changed: readonly TableChange[],
  ): Promise<void> {
    const pending = transaction && this.#pending.get(transaction.id)
    if (pending) pending.add(changed)
    else await this.#changes.changed(changed)
  }

  /** One that is under way already has begun another, nested in it, by a savepoint. */
  begin({ id }: OpenTransaction): TransactionEnd {
    const outer = this.#pending.get(id)
    if (outer) return nested(outer)
    const pending = this.#changes.transaction()
    this.#pending.set(id, pending)
    return {
      commit: () => {
        this.#pending.delete(id)
        return pending.commit()
      },
      rollback: () => void this.#pending.delete(id),
    }
  }
}

function nested(outer: TransactionChanges): TransactionEnd {
  outer.savepoint(savepoint)
  return {
    commit: async () => outer.release(savepoint),
    rollback() {
      outer.rollbackTo(savepoint)
      outer.release(savepoint)
    },
  }
}
