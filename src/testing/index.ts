export type {
  Bytes,
  Increment,
  Replacement,
  Store,
  StoreRecord,
  StoreUsage,
} from '../contracts/store.ts'
export { type BusCase, busCases } from './bus-cases.ts'
export type { CacheCase, CachePart, CacheSetup, CacheWorld } from './cache-case.ts'
export { cacheCases, cacheCasesFor } from './cache-cases.ts'
export { type FakeClock, fakeClock, settle } from './fake-clock.ts'
export { type BusFaults, type FaultyBus, faultyBus } from './faulty-bus.ts'
export {
  type StoreCapability,
  type StoreCase,
  type StoreWorld,
  stamped,
  stampFrom,
} from './store-case.ts'
export { storeCases, storeCasesFor } from './store-cases.ts'
export { type StoreWorldOptions, storeWorld } from './store-world.ts'
