// A store in a process of its own: makes the calls it is sent, and answers.
import { rmSync, writeFileSync } from 'node:fs'
import { lmdbStore } from 'hotset/lmdb'

const options = JSON.parse(process.argv[2])
let store = lmdbStore(options)
const own = {
  /** Leaves no byte of the disk free. */
  fill(path) {
    for (let bytes = 1024 * 1024; bytes > 0; bytes >>= 1) {
      try {
        for (;;) writeFileSync(path, new Uint8Array(bytes), { flag: 'a' })
      } catch (error) {
        if (error.code !== 'ENOSPC') throw error
      }
    }
  },
  free: (path) => rmSync(path),
  /** Writes one number after the other, and answers how many were not there once they were written. */
  async count(key, to) {
    let lost = 0
    for (let i = 1; i <= to; i++) {
      const value = Buffer.from(`${i}`)
      await store.setMany([{ key, value, expiresAt: Infinity }])
      const [found] = await store.getMany([key])
      if (!found || !value.equals(found)) lost++
    }
    return lost
  },
  async reopen(times) {
    for (let i = 0; i < times; i++) {
      await store.close()
      store = lmdbStore(options)
      await store.getMany(['any'])
    }
  },
  exit: () => process.exit(0),
}

process.on('message', async ({ id, method, args }) => {
  try {
    const answer = await (own[method] ?? store[method].bind(store))(...args)
    process.send({ id, answer })
  } catch (error) {
    process.send({ id, error: error.message })
  }
})
