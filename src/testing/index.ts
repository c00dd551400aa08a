export { type BusCase, busCases } from './bus-cases.ts'
export { type FakeClock, fakeClock, settle } from './fake-clock.ts'
export {
  type StoreCapability,
  type StoreCase,
  type StoreWorld,
  stamped,
  stampFrom,
} from './store-case.ts'
export { storeCases, storeCasesFor } from './store-cases.ts'
export { type StoreWorldOptions, storeWorld } from './store-world.ts'
