// hotset/decorators

export interface CacheDefaultsOptions<This> extends KeepOptions {
  readonly cache?: CacheChoice<Cache | InstantCache, This> | undefined;
  readonly key?: ((this: This, ...args: readonly unknown[]) => unknown) | undefined;
  readonly condition?: ((this: This, ...args: readonly unknown[]) => boolean) | undefined;
  readonly unless?: ((this: This, result: unknown, ...args: readonly unknown[]) => boolean) | undefined;
  readonly name?: string | undefined;
  readonly perInstance?: boolean | undefined;
  readonly tags?: Tags<This, readonly unknown[]>;
}

export interface CacheEvictOptions<This, T> extends MemberOptions<This, T> {
  readonly cache?: CacheChoice<AnyCacheFor<T>, This> | undefined;
  readonly keyOf?: ((this: This, result: ResultOf<T>, ...args: ArgsOf<T>) => unknown) | undefined;
  readonly all?: boolean | undefined;
  readonly tags?: Tags<This, ArgsOf<T>>;
  readonly before?: boolean | undefined;
  readonly version?: number | undefined;
}

export interface CachePutOptions<This, T> extends MemberOptions<This, T>, WritingOptions<This, T>, Omit<KeepOptions, 'softTimeout' | 'hardTimeout' | 'followed'> {
  readonly cache?: CacheChoice<AnyCacheFor<T>, This> | undefined;
  readonly keyOf?: ((this: This, result: ResultOf<T>, ...args: ArgsOf<T>) => unknown) | undefined;
}

export interface CachedOptions<This, T> extends MemberOptions<This, T>, WritingOptions<This, T>, KeepOptions {
  readonly cache?: CacheChoice<CacheFor<T>, This> | undefined;
}

export interface InstantCache extends Iterable<readonly [key: string, value: unknown]> {
  get(key: string): unknown;
  has(key: string): boolean;
  set(key: string, value: unknown, options?: Pick<WriteOptions, 'ttl' | 'weight'>): unknown;
  delete(key: string): boolean;
  clear(): void;
}

export interface MemberContext<This, T> {
  readonly kind: 'method' | 'getter';
  readonly name: string | symbol;
  readonly static: boolean;
  readonly private: boolean;
  readonly access: {
    get(object: This): T;
  };
}

export type MemberDecorator<This, T> = (target: unknown, context: string | symbol | MemberContext<This, T>, descriptor?: TypedPropertyDescriptor<T>) => void;

export declare function cacheDefaults<C extends Class>(given: CacheDefaultsOptions<InstanceType<C>>, ...misplaced: never[]): (target: C, context?: unknown) => void;

export declare function cacheEvict<This = never, T = unknown>(given?: CacheEvictOptions<This, T>, ...misplaced: never[]): MemberDecorator<This, T>;

export declare function cachePut<This = never, T = unknown>(given?: CachePutOptions<This, T>, ...misplaced: never[]): MemberDecorator<This, T>;

export declare function cached<This = never, T = unknown>(given?: CachedOptions<This, T>, ...misplaced: never[]): MemberDecorator<This, T>;

// Named above, and exported by no entry:

type Class = abstract new (...args: never[]) => unknown;

type AnyCacheFor<T> = Cache extends CacheFor<T> ? Cache | InstantCache : InstantCache;

export type ArgsOf<T> = T extends (...args: infer Args) => unknown ? Args : [];

type CacheChoice<C, This> = C | readonly C[] | ((self: This) => C | readonly C[]);

type CacheFor<T> = unknown extends T ? Cache | InstantCache : PromisedBy<T> extends PromiseLike<unknown> ? Cache : InstantCache;

type KeepOptions = Omit<LoadOptions, 'tags' | 'signal' | 'refresh'>;

interface MemberOptions<This, T> {
  readonly key?: ((this: This, ...args: ArgsOf<T>) => unknown) | undefined;
  readonly condition?: ((this: This, ...args: ArgsOf<T>) => boolean) | undefined;
  readonly name?: string | undefined;
  readonly perInstance?: boolean | undefined;
}

type PromisedBy<T> = T extends (...args: never[]) => infer Result ? Result : T;

export type ResultOf<T> = T extends (...args: never[]) => infer Result ? Awaited<Result> : Awaited<T>;

type Tags<This, Args extends readonly unknown[]> = readonly string[] | ((this: This, ...args: Args) => readonly string[]) | undefined;

interface WritingOptions<This, T> {
  readonly unless?: ((this: This, result: ResultOf<T>, ...args: ArgsOf<T>) => boolean) | undefined;
  readonly tags?: Tags<This, ArgsOf<T>>;
}
