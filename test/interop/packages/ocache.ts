export {
  createMemoryStorage,
  defineCachedFunction,
  defineCachedHandler,
  type StorageInterface,
} from 'ocache'
