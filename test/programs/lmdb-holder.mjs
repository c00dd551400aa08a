// Stops itself in the middle of a transaction on the file of a store.
import { writeSync } from 'node:fs'
import { open } from 'lmdb'

const [path, what] = process.argv.slice(2)
const binary = { encoding: 'binary', keyEncoding: 'binary' }
const root = open(path, { ...binary, noSubdir: true, noSync: true, pageSize: 8192 })
const stop = () => {
  writeSync(1, 'inside')
  process.kill(process.pid, 'SIGSTOP')
}
if (what === 'write') {
  root.transactionSync(() => {
    root.putSync(Buffer.from('held'), Buffer.from('held'))
    stop()
  })
} else {
  root.getStats()
  stop()
}
