// One of several processes that publish to each other: `directory name total crowd`. Each goes on only
// when it has heard the others, so that nobody is left so far behind that a gap would be right.
import { localBus } from 'hotset/local-bus'

const [directory, name, total, crowd] = process.argv.slice(2)
const step = 100
const bus = localBus({ directory, maxBytes: '16kb' })
const heard = new Map()
const gaps = []
let disorder = 0
let wake = () => {}

await bus.subscribe({
  message(bytes) {
    const [publisher, number] = new TextDecoder().decode(bytes).split(' ')
    const next = heard.get(publisher) ?? 0
    if (Number(number) !== next) disorder++
    heard.set(publisher, next + 1)
    wake()
  },
  gap(reason) {
    gaps.push(reason)
    wake()
  },
})

async function heardFromAll(count) {
  const isDone = () =>
    gaps.length > 0 ||
    (heard.size === Number(crowd) && [...heard.values()].every((found) => found >= count))
  while (!isDone()) {
    await new Promise((resolve) => {
      wake = resolve
    })
  }
}

process.on('message', async () => {
  for (let number = 0; number < Number(total); number++) {
    if (number % step === 0 && number > step) await heardFromAll(number - step)
    await bus.publish(new TextEncoder().encode(`${name} ${number}`))
  }
  await heardFromAll(Number(total))
  process.send({ heard: [...heard], disorder, gaps })
  await bus.close()
  process.disconnect()
})
process.send('ready')
