// hotset/redis-log

export interface RedisLogOptions {
  readonly url?: string | undefined;
  readonly client?: RedisClient | undefined;
  readonly name: string;
  readonly maxRecords?: number | undefined;
  readonly clock?: Clock | undefined;
}

export declare function redisLog(options: RedisLogOptions): WriteLog;
