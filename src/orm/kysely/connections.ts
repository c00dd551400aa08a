import { ConnectionChanges } from '../connection-changes.ts'
import type { DatabaseChanges } from '../database-changes.ts'
import type { QueryCache } from '../query-cache.ts'
import type { KyselyConnection, KyselyDriver } from './slices.ts'

/** The connections of a driver, and what is under way on each. */
export class Connections {
  readonly driver: KyselyDriver
  readonly queries: QueryCache
  readonly #changes: DatabaseChanges
  readonly #underWay = new WeakMap<KyselyConnection, ConnectionChanges>()

  constructor(driver: KyselyDriver, queries: QueryCache, changes: DatabaseChanges) {
    this.driver = driver
    this.queries = queries
    this.#changes = changes
  }

  changesOf(connection: KyselyConnection): ConnectionChanges {
    const changes = this.#underWay.get(connection) ?? new ConnectionChanges(this.#changes)
    this.#underWay.set(connection, changes)
    return changes
  }
}
