import { closeSync, openSync, readSync, truncateSync, writeFileSync, writeSync } from 'node:fs'

/** For each key: its version, the version whose change has been answered, and when it was. */
const fields = 3

/** What is true, for all processes: a file of numbers. Each key has one process that changes it. */
export function openTruth(file) {
  const fd = openSync(file, 'r+')
  const slot = new Float64Array(fields)
  const bytes = new Uint8Array(slot.buffer)
  return {
    read(key) {
      readSync(fd, bytes, 0, bytes.length, key * bytes.length)
      return { version: slot[0], settled: slot[1], settledAt: slot[2] }
    },
    write(key, { version, settled, settledAt }) {
      slot.set([version, settled, settledAt])
      writeSync(fd, bytes, 0, bytes.length, key * bytes.length)
    },
    close: () => closeSync(fd),
  }
}

export function createTruth(file, keys) {
  writeFileSync(file, '')
  truncateSync(file, keys * fields * Float64Array.BYTES_PER_ELEMENT)
}
