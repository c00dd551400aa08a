export { default as keyvSuite, keyvIteratorTests } from '@keyv/test-suite'
export { Cacheable } from 'cacheable'
export { Keyv, type KeyvStoreAdapter } from 'keyv'
export { Keyv as Keyv6, KeyvMemoryAdapter } from 'keyv-6'
