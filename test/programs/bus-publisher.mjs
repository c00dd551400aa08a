// Publishes until it is killed: its name, a number, and filling that follows from the number.
import { setTimeout as pause } from 'node:timers/promises'
import { localBus } from 'hotset/local-bus'

const [directory, name] = process.argv.slice(2)
const bus = localBus({ directory, maxBytes: '2mb' })
for (let number = 0; ; number++) {
  const filling = `${number % 10}`.repeat((number * 7919) % 40_000)
  await bus.publish(new TextEncoder().encode(`${name} ${number} ${filling}`))
  await pause(1)
}
