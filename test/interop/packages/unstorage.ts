export { createStorage, type Driver, prefixStorage, restoreSnapshot, snapshot } from 'unstorage'
export { default as memoryDriver } from 'unstorage/drivers/memory'
