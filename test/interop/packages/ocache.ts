export { defineCachedFunction, type StorageInterface } from 'ocache'
