import type { DatabaseChanges } from '../database-changes.ts'
import type { TableChange } from '../table-change.ts'

/** The slice of the driver's `ClientSession` that is needed. */
export interface Session {
  inTransaction(): boolean
  commitTransaction(...args: unknown[]): Promise<unknown>
  abortTransaction(...args: unknown[]): Promise<unknown>
}

/** What the transactions of sessions have changed so far. */
export class SessionChanges {
  readonly #changes: DatabaseChanges
  readonly #watched = new WeakSet<Session>()
  readonly #pending = new WeakMap<Session, TableChange[]>()

  constructor(changes: DatabaseChanges) {
    this.#changes = changes
  }

  /** How to tell what is about to be changed: at once, or once the session's transaction is committed. */
  teller(session: Session | undefined): (changed: readonly TableChange[]) => Promise<void> {
    if (!session?.inTransaction()) return (changed) => this.#changes.changed(changed)
    this.#watch(session)
    const pending = this.#pending.get(session) ?? []
    this.#pending.set(session, pending)
    return async (changed) => {
      // Nobody waited for it before the end, which has told the others.
      if (this.#pending.get(session) !== pending) return this.#changes.changed(changed)
      pending.push(...changed)
    }
  }

  /** `withTransaction` calls these methods as well. */
  #watch(session: Session): void {
    if (this.#watched.has(session)) return
    this.#watched.add(session)
    const { commitTransaction, abortTransaction } = session
    session.abortTransaction = (...args) => {
      this.#pending.delete(session)
      return abortTransaction.apply(session, args)
    }
    session.commitTransaction = async (...args) => {
      const changed = this.#pending.get(session) ?? []
      try {
        const result = await commitTransaction.apply(session, args)
        this.#pending.delete(session)
        await this.#changes.changed(changed)
        return result
      } catch (error) {
        if (isAborted(error)) this.#pending.delete(session)
        // It may have been committed; what it changed is kept, as it may be asked for again.
        else if (this.#pending.has(session)) await this.#changes.changed(changed)
        throw error
      }
    }
  }
}

/** The server's word that a transaction, or its commit, has come to nothing (Transactions spec). */
function isAborted(error: unknown): boolean {
  return (
    error instanceof Error &&
    'hasErrorLabel' in error &&
    typeof error.hasErrorLabel === 'function' &&
    error.hasErrorLabel('TransientTransactionError')
  )
}
