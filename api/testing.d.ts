// hotset/testing

export interface BusCase {
  readonly name: string;
  run(connect: () => Promise<Bus>): Promise<void>;
}

export interface BusFaults {
  readonly arriving?: (message: Bytes, number: number) => 'deliver' | 'lose' | 'repeat' | 'hold';
  readonly leaving?: (message: Bytes, number: number) => 'publish' | 'lose' | 'fail' | 'hang';
}

export { Bytes } from 'hotset'

export interface CacheCase {
  readonly name: string;
  readonly needs: readonly CachePart[];
  run(world: CacheWorld): Promise<void>;
}

export type CachePart = 'memory' | 'store';

export interface CacheSetup {
  readonly name?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly version?: number | undefined;
  readonly keyFunction?: ((key: string, prefix: string, version: number) => string) | undefined;
  readonly defaults?: EntryOptions | undefined;
  readonly memory?: (MemoryBounds & {
    readonly isolation?: 'none' | 'freeze' | 'clone' | undefined;
    readonly policy?: 'lru' | undefined;
    readonly cullFrequency?: number | undefined;
  }) | undefined;
  readonly onRemove?: ((key: string, value: unknown, reason: RemovalReason) => void) | undefined;
  readonly onEvent?: ((event: CacheEvent) => void) | undefined;
  readonly random?: (() => number) | undefined;
  readonly store?: string | undefined;
}

export interface CacheWorld {
  create(setup?: CacheSetup): Cache | Promise<Cache>;
  createCaches(setups: Readonly<Record<string, CacheSetup>>): NamedCaches;
  now(): number;
  pass(ms: number): Promise<void>;
}

export interface FakeClock extends Clock {
  advance(ms: number): void;
  jump(ms: number): void;
  pass(ms: number): Promise<void>;
  pending(kind?: 'foreground' | 'background'): number;
}

export interface FaultyBus extends Bus {
  release(): void;
  gap(reason: string): void;
}

export { Increment } from 'hotset'

export { Replacement } from 'hotset'

export { Store } from 'hotset'

export type StoreCapability = 'addMany' | 'replaceMany' | 'incrementMany' | 'getHeads' | 'scan' | 'prune' | 'usage';

export interface StoreCase {
  readonly name: string;
  readonly needs: readonly StoreCapability[];
  run(store: Store, world: StoreWorld): Promise<void>;
}

export { StoreRecord } from 'hotset'

export { StoreUsage } from 'hotset'

export interface StoreWorld {
  key(): string;
  now(): number;
  pass(ms: number): Promise<void>;
  readonly tooLarge?: number | undefined;
}

export interface StoreWorldOptions {
  readonly clock?: {
    now(): number;
    pass(ms: number): Promise<void>;
  } | undefined;
  readonly tooLarge?: number | undefined;
}

export declare const busCases: readonly BusCase[];

export declare const cacheCases: readonly CacheCase[];

export declare function cacheCasesFor(parts: readonly CachePart[]): CacheCase[];

export declare function fakeClock(start?: number): FakeClock;

export declare function faultyBus(bus: Bus, faults: BusFaults): FaultyBus;

export declare function settle(): Promise<void>;

export declare function stampFrom(number: number): Bytes;

export declare function stamped(number: number, text?: string): Bytes;

export declare const storeCases: readonly StoreCase[];

export declare function storeCasesFor(store: Store): StoreCase[];

export declare function storeWorld(options?: StoreWorldOptions): StoreWorld;
