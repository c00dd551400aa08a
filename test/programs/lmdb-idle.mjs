// Uses a store and neither closes it nor exits.
import { lmdbStore } from 'hotset/lmdb'

const store = lmdbStore({ directory: process.argv[2], maxBytes: '8mb' })
const key = 'idle'
await store.setMany([{ key, value: Buffer.from('here'), expiresAt: Infinity }])
console.log(String((await store.getMany([key]))[0]))
