// hotset/postgres-bus

export interface PgListener {
  readonly processID?: number | null | undefined;
  query(statement: {
    readonly text: string;
    readonly values: unknown[];
  }): Promise<PgRows>;
  on(event: 'notification', listener: (notification: PgNotification) => void): unknown;
  on(event: 'error' | 'end', listener: (error?: Error) => void): unknown;
  off(event: 'notification', listener: (notification: PgNotification) => void): unknown;
  off(event: 'error' | 'end', listener: (error?: Error) => void): unknown;
}

export interface PgNotification {
  readonly channel: string;
  readonly payload?: string | undefined;
}

export interface PgPool {
  readonly totalCount: number;
  connect(): Promise<PgListener & {
    release(destroy: boolean): void;
  }>;
}

export interface PgRows {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

export interface PostgresBusOptions {
  readonly url?: string | undefined;
  readonly client?: PgPool | PgListener | undefined;
  readonly channel?: string | undefined;
  readonly clock?: Clock | undefined;
}

export declare function postgresBus(options: PostgresBusOptions): Bus;
