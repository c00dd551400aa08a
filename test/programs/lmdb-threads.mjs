// Threads of one process share a store; one of them does not live to close it.
import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { lmdbStore } from 'hotset/lmdb'

const directory = isMainThread ? process.argv[2] : workerData.directory
const store = lmdbStore({ directory, maxBytes: '8mb' })
const record = (key, text) => ({ key, value: Buffer.from(text), expiresAt: Infinity })
const keys = Array.from({ length: 200 }, (_, i) => `raced:${i}`)
const race = (name) => store.addMany(keys.map((key) => record(key, name)))

if (isMainThread) {
  const threads = ['1', '2', '3'].map(
    (name) => new Worker(new URL(import.meta.url), { workerData: { directory, name } }),
  )
  const added = await Promise.all([
    race('0'),
    ...threads.map(async (thread) => (await once(thread, 'message'))[0]),
  ])
  const values = (await store.getMany(keys)).map(String)
  const winners = keys.map((_, i) => added.flatMap((won, name) => (won[i] ? [`${name}`] : [])))
  const [terminated, ...others] = threads
  for (const thread of threads) {
    thread.postMessage('write')
    await once(thread, 'message')
    if (thread === terminated) await thread.terminate()
  }
  for (const thread of others) {
    thread.postMessage('close')
    await once(thread, 'exit')
  }
  await store.setMany([record('last', 'main')])
  const read = (await store.getMany(['of 1', 'of 2', 'of 3', 'last'])).map(String)
  await store.close()
  const fair = winners.every((names, i) => names.length === 1 && names[0] === values[i])
  console.log(JSON.stringify({ fair, read }))
} else {
  parentPort.postMessage(await race(workerData.name))
  parentPort.on('message', async (order) => {
    if (order === 'write') {
      await store.setMany([record(`of ${workerData.name}`, workerData.name)])
      parentPort.postMessage('written')
    } else {
      await store.close()
      parentPort.close()
    }
  })
}
