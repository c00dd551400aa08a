import type { DatabaseChanges } from '../database-changes.ts'
import type { QueryCache } from '../query-cache.ts'
import type { Statement } from '../sql/statement.ts'
import { Connections } from './connections.ts'
import { Lease } from './lease.ts'
import type { KyselyConnection, KyselyDriver } from './slices.ts'

type SavepointMethod = 'savepoint' | 'rollbackToSavepoint' | 'releaseSavepoint'

/** A driver that answers from the cache what it may, and tells what it has changed. */
export function cachedDriver(
  driver: KyselyDriver,
  queries: QueryCache,
  changes: DatabaseChanges,
): KyselyDriver {
  const connections = new Connections(driver, queries, changes)

  /** As a driver that knows no savepoints has no method for them. */
  const savepointStep = (method: SavepointMethod, kind: 'savepoint' | 'rollback to' | 'release') =>
    driver[method] && {
      async [method](lease: KyselyConnection, name: string, compileQuery: unknown) {
        await driver[method]?.(await taken(lease), name, compileQuery)
        await told(lease, { kind, name })
      },
    }

  return {
    init: () => driver.init(),
    destroy: () => driver.destroy(),
    acquireConnection: async () => new Lease(connections),
    releaseConnection: async (lease) => (lease instanceof Lease ? lease.release() : undefined),
    async beginTransaction(lease, settings) {
      await driver.beginTransaction(await taken(lease), settings)
      await told(lease, { kind: 'begin' })
    },
    async commitTransaction(lease) {
      try {
        await driver.commitTransaction(await taken(lease))
      } finally {
        // Where it failed, nobody knows whether it was done.
        await told(lease, { kind: 'commit' })
      }
    },
    async rollbackTransaction(lease) {
      try {
        await driver.rollbackTransaction(await taken(lease))
      } finally {
        await told(lease, { kind: 'rollback' })
      }
    },
    ...savepointStep('savepoint', 'savepoint'),
    ...savepointStep('rollbackToSavepoint', 'rollback to'),
    ...savepointStep('releaseSavepoint', 'release'),
  }
}

/** Kysely hands back the connections that it was given, and no others. */
async function taken(lease: KyselyConnection): Promise<KyselyConnection> {
  return lease instanceof Lease ? lease.taken() : lease
}

async function told(lease: KyselyConnection, statement: Statement): Promise<void> {
  if (lease instanceof Lease) await lease.step(statement)
}
