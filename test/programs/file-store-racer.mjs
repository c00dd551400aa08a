// One of several processes that use a file store at once: what to do, directory, name, keys.
// It begins at the first line of its input, and tells in a line each change that was acknowledged.
import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileStore } from 'hotset/file'
import { stamped, stampFrom } from 'hotset/testing'

const [job, directory, name, ...keys] = process.argv.slice(2)
const store = fileStore({ directory })
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const expiresAt = Infinity
/** At once: what `console.log` keeps for later would be lost with the process. */
const tell = (line) => writeSync(1, `${line}\n`)

/** Tells which records were added. */
async function add(key) {
  const [added] = await store.addMany([{ key, value: stamped(0, name), expiresAt }])
  if (added) tell(key)
}

/** Tells which records were added, and which removed. */
async function addAndRemove(key) {
  for (let round = 0; round < 50; round++) {
    const [added] = await store.addMany([{ key, value: stamped(0, name), expiresAt }])
    if (added) tell(`+${key}`)
    const [removed] = await store.deleteMany([key])
    if (removed) tell(`-${key}`)
  }
}

/** Adds one to the number in the record, until the next line of the input, and tells so. */
async function count(key) {
  let stopped = false
  void stop.then(() => {
    stopped = true
  })
  while (!stopped) {
    const [value] = await store.getMany([key])
    const number = Number(Buffer.from(value.subarray(12)).toString())
    const record = { key, value: stamped(number + 1, `${number + 1}`), expiresAt }
    const [counted] = await store.replaceMany([{ key, stamp: stampFrom(number), record }])
    if (counted) tell(key)
  }
}

const jobs = { add, addAndRemove, count }
tell('ready')
await lines.next()
const stop = lines.next()
await Promise.all(keys.map(jobs[job]))
await store.close()
process.exit(0)
