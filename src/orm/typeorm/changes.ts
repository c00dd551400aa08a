import { ConfigError } from '../../kernel/errors.ts'
import { connectionsOf } from '../connection-changes.ts'
import type { DatabaseChanges } from '../database-changes.ts'

/** The slice of a `DataSource` that is needed. */
export interface TypeormDataSource {
  readonly isInitialized: boolean
  readonly subscribers: object[]
}

/** What subscribers hear of after a statement was run. */
interface Ran {
  readonly queryRunner: object
  readonly query: string
  readonly parameters?: unknown
  readonly success: boolean
}

/**
 * Tells what is changed through TypeORM: entities, query builders and raw statements, at the end of
 * their transaction. Answers how to stop it. Throws a `ConfigError` if the data source is not
 * initialized, as that would make it forget.
 */
export function typeormChanges(
  dataSource: TypeormDataSource,
  changes: DatabaseChanges,
): () => void {
  if (dataSource?.isInitialized !== true) {
    throw new ConfigError('Expected `dataSource` to be initialized before `typeormChanges`')
  }
  const connectionOf = connectionsOf(changes)
  const subscriber = {
    afterQuery({ queryRunner, query, parameters, success }: Ran): Promise<void> {
      const values = Array.isArray(parameters) ? parameters : []
      const connection = connectionOf(queryRunner)
      return success ? connection.ran(query, values) : connection.failed(query, values)
    },
  }
  const { subscribers } = dataSource
  subscribers.push(subscriber)
  return () => {
    const at = subscribers.indexOf(subscriber)
    if (at >= 0) subscribers.splice(at, 1)
  }
}
