// hotset/redis

export interface IoredisClient {
  cluster: Method;
  dbsize: Method;
  del: Method;
  eval: Method;
  evalsha: Method;
  exists: Method;
  getBuffer: Method;
  getrangeBuffer: Method;
  info: Method;
  mgetBuffer: Method;
  publish: Method;
  scanBuffer: Method;
  setBuffer: Method;
  spublish: Method;
  unlink: Method;
}

export interface IoredisCluster extends IoredisClient {
  nodes(role: 'master'): IoredisClient[];
}

export interface NodeRedisClient {
  sendCommand(words: readonly Word[], options?: object): Promise<unknown>;
}

export interface NodeRedisCluster {
  readonly masters: readonly unknown[];
  sendCommand(key: Word, readOnly: boolean, words: readonly Word[], options?: object): Promise<unknown>;
  nodeClient(master: never): Promise<NodeRedisClient>;
}

export interface NodeRedisSentinel {
  getMasterNode(): unknown;
  getReplicaNodes(): {
    readonly size: number;
  };
  sendCommand(readOnly: boolean, words: readonly Word[], options?: object): Promise<unknown>;
}

export type RedisClient = NodeRedisClient | NodeRedisCluster | NodeRedisSentinel | IoredisClient | IoredisCluster;

export interface RedisStoreOptions {
  readonly url?: string | undefined;
  readonly client?: RedisClient | undefined;
  readonly replicas?: boolean | string | RedisClient | undefined;
  readonly commands?: 'all' | 'plain' | undefined;
  readonly clock?: Clock | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
}

export declare function redisStore(options: RedisStoreOptions): Store;

// Named above, and exported by no entry:

export type Word = string | Buffer;

type Method = (...words: never[]) => Promise<unknown>;
