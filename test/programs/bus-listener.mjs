// Listens, and has nothing else to do.
import { localBus } from 'hotset/local-bus'

const [directory, watch] = process.argv.slice(2)
const bus = localBus({ directory, watch: watch === 'true' })
await bus.subscribe({ message() {}, gap() {} })
bus.poll()
