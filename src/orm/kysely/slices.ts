/** What is needed of a compiled query of Kysely. */
export interface KyselyQuery {
  readonly sql: string
  readonly parameters: readonly unknown[]
  /** The tree that it was compiled from. */
  readonly query: object
}

/** The result of a query of Kysely. */
export interface KyselyResult<Row> {
  readonly numAffectedRows?: bigint
  readonly numChangedRows?: bigint
  readonly insertId?: bigint
  readonly rows: Row[]
}

/** A connection of Kysely. */
export interface KyselyConnection {
  executeQuery<Row>(query: KyselyQuery): Promise<KyselyResult<Row>>
  streamQuery<Row>(query: KyselyQuery, chunkSize?: number): AsyncIterableIterator<KyselyResult<Row>>
}

/** A driver of Kysely. */
export interface KyselyDriver {
  init(): Promise<void>
  acquireConnection(): Promise<KyselyConnection>
  beginTransaction(connection: KyselyConnection, settings: object): Promise<void>
  commitTransaction(connection: KyselyConnection): Promise<void>
  rollbackTransaction(connection: KyselyConnection): Promise<void>
  savepoint?(connection: KyselyConnection, name: string, compileQuery: unknown): Promise<void>
  rollbackToSavepoint?(
    connection: KyselyConnection,
    name: string,
    compileQuery: unknown,
  ): Promise<void>
  releaseSavepoint?(
    connection: KyselyConnection,
    name: string,
    compileQuery: unknown,
  ): Promise<void>
  releaseConnection(connection: KyselyConnection): Promise<void>
  destroy(): Promise<void>
}
