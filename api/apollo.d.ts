// hotset/apollo

export interface ApolloCache<V = string> {
  get(key: string): Promise<V | undefined>;
  set(key: string, value: V, options?: {
    readonly ttl?: number | null;
  }): Promise<void>;
  delete(key: string): Promise<boolean>;
}

export declare function apolloCache<V = string>(cache: Cache): ApolloCache<V>;
