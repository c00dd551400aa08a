// hotset/policies

export interface Policy {
  readonly name: string;
  reserve(capacity: number): void;
  insert(slot: number): void;
  hit(slot: number): void;
  reweigh?(slot: number, before: number): void;
  remove(slot: number): void;
  evict(): number;
  resize(maxEntries: number, maxWeight: number): void;
  clear(): void;
}

export type PolicyFactory = (setup: PolicySetup) => Policy;

export interface PolicySetup {
  readonly maxEntries: number;
  readonly maxWeight: number;
  hashOf(slot: number): number;
  weightOf(slot: number): number;
  readonly seed: number;
}

export declare function fifo(): PolicyFactory;

export declare function lru(): PolicyFactory;

export declare function random(): PolicyFactory;

export declare function s3fifo(): PolicyFactory;

export declare function sieve(): PolicyFactory;

export declare function tinylfu(): PolicyFactory;
