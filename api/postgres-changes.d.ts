// hotset/postgres-changes

export interface ListenToTablesOptions {
  readonly database: string | PgPool | PgListener;
  readonly changes: Pick<DatabaseChanges, 'changed' | 'tags'>;
  readonly tables: WatchedTables;
  readonly channel?: string | undefined;
  readonly atStart?: 'invalidate' | 'keep' | undefined;
  readonly onGap?: ((reason: string) => void) | undefined;
  readonly onError?: ((error: unknown) => void) | undefined;
  readonly clock?: Clock | undefined;
}

export { PgListener } from 'hotset/postgres-bus'

export { PgNotification } from 'hotset/postgres-bus'

export { PgPool } from 'hotset/postgres-bus'

export { PgRows } from 'hotset/postgres-bus'

export interface TableListener {
  readonly isListening: boolean;
  close(): Promise<void>;
}

export interface TablePlan {
  readonly table: string;
  readonly statements: readonly string[];
}

export interface UnwatchTablesOptions extends Omit<WatchTablesOptions, 'tables'> {
  readonly tables?: readonly string[] | undefined;
}

export interface WatchPlan extends TablePlan {
  readonly state: WatchState;
}

export type WatchState = 'missing' | 'outdated' | 'current' | 'newer';

export interface WatchTablesOptions {
  readonly database: string | PgPool | PgListener;
  readonly tables: WatchedTables;
  readonly channel?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

export type WatchedTables = Readonly<Record<string, readonly string[]>>;

export declare function listenToTables(options: ListenToTablesOptions): Promise<TableListener>;

export declare function unwatchTables(options: UnwatchTablesOptions): Promise<TablePlan[]>;

export declare function watchTables(options: WatchTablesOptions): Promise<WatchPlan[]>;
