// A thread that answers each number it is sent with what its bus has told it last, and publishes the next.
import { parentPort, workerData } from 'node:worker_threads'
import { localBus } from 'hotset/local-bus'

const bus = localBus({ directory: workerData.directory, watch: false })
let last
await bus.subscribe({
  message(bytes) {
    last = Number(new TextDecoder().decode(bytes))
  },
  gap() {
    last = undefined
  },
})
parentPort.on('message', async (number) => {
  if (number === undefined) return bus.close().then(() => parentPort.close())
  bus.poll()
  const told = last
  await bus.publish(new TextEncoder().encode(`${number + 1}`))
  bus.poll()
  parentPort.postMessage({ told, published: number + 1 })
})
parentPort.postMessage('ready')
