// hotset/knex

export interface KnexBuilder<T> extends PromiseLike<T> {
  toSQL(): {
    readonly method: string;
    readonly pluck?: string;
    toNative(): {
      readonly sql: string;
      readonly bindings: readonly unknown[];
    };
  };
}

export interface KnexInstance {
  readonly client: object;
}

export declare function knexCache(options: Omit<QueryCacheOptions, 'strategy'>): <T>(builder: KnexBuilder<T>, caching?: QueryCaching) => Promise<T>;

export declare function knexChanges(knex: KnexInstance, changes: DatabaseChanges): () => void;
