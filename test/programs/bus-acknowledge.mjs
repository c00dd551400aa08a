// Two processes: each in turn publishes, waits for that, and then tells the other over their own
// channel, which must have the message at its next poll. Nothing but the poll lets it have it: the
// directory is not watched. Arguments: `directory rounds`; the second process has no `rounds`.
import { fork } from 'node:child_process'
import { localBus } from 'hotset/local-bus'

const [directory, rounds] = process.argv.slice(2)
const other = rounds ? fork(import.meta.filename, [directory]) : process
const bus = localBus({ directory, watch: false })
let last = ''
let missed = 0
await bus.subscribe({
  message(bytes) {
    last = new TextDecoder().decode(bytes)
  },
  gap() {
    missed++
  },
})

async function tell(round) {
  const text = `${process.pid} ${round}`
  await bus.publish(new TextEncoder().encode(text))
  // Not to be taken for the poll of the turn in which the answer comes.
  bus.poll()
  other.send({ text, round, missed })
}

other.on('message', async ({ text, round, missed: missedThere }) => {
  if (text !== undefined) {
    bus.poll()
    if (last !== text) missed++
  }
  if (rounds === undefined || round < Number(rounds)) return tell(round + 1)
  process.send({ round, missed: missed + missedThere })
  other.disconnect()
  await bus.close()
})
if (!rounds) process.send({ round: 0, missed })
