// A process with a cache that keeps working on it while its parent breaks what is behind: { id, verb,
// args } in, { id, answer } out. The truth is a file that all processes share, a number for each key.
import { openSync, readSync, writeSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { createCache } from 'hotset'

const { kind, bus, at, options, truth, worker, workers } = JSON.parse(process.argv[2])
/** Keys of each phase, and callers that work on them at the same time. */
const perPhase = 50
const callers = 4
/** A call takes too long that lasts for more of these than there are in a second. */
const tickMs = 50
const mostTicks = 1000 / tickMs

const stores = {
  redis: async () => (await import('hotset/redis')).redisStore({ url: at, onWarning() {} }),
  async 'node-redis'() {
    const client = (await import('redis')).createClient({ url: at })
    client.on('error', () => {})
    await client.connect()
    return (await import('hotset/redis')).redisStore({ client, onWarning() {} })
  },
  async ioredis() {
    const client = new (await import('ioredis')).Redis(at)
    client.on('error', () => {})
    return (await import('hotset/redis')).redisStore({ client, onWarning() {} })
  },
  memcached: async () => (await import('hotset/memcached')).memcachedStore({ servers: at }),
  sql: async () => (await import('hotset/sql')).sqlStore({ database: at }),
}

const buses = {
  pubsub: async () => (await import('hotset/redis-bus')).redisBus({ url: at }),
  tracking: async () => (await import('hotset/redis-tracking-bus')).redisTrackingBus({ url: at }),
}

let passed = 0
let up = true
let felt = 0
const clock = {
  now: () => Date.now() + passed,
  schedule(ms, callback, kindOfTimer) {
    const timer = setTimeout(callback, ms)
    if (kindOfTimer === 'background') timer.unref()
    return () => clearTimeout(timer)
  },
}
const store = await stores[kind]()
const between = await buses[bus]?.()
// So that all are connected before anything is broken, however busy the machine is.
await store.getMany(['nothing'])
await between?.subscribe({ message() {}, gap() {} })
const cache = createCache({
  ...options,
  store,
  bus: between,
  clock,
  onEvent(event) {
    if (event.type === 'error') felt++
    if (event.type === 'store') up = event.up
  },
})

const file = openSync(truth, 'r+')
const word = Buffer.alloc(4)
function readTruth(index) {
  readSync(file, word, 0, 4, 4 * index)
  return word.readUInt32LE()
}
function writeTruth(index, version) {
  word.writeUInt32LE(version)
  writeSync(file, word, 0, 4, 4 * index)
}

const keyOf = (index) => `key ${index}`
const tagOf = (index) => `tag ${index}`
const entryOf = (version) => ({ version, text: 'half of a reply '.repeat(20) })
const tagged = (index) => ({ tags: [tagOf(index)] })
const get = (index) => cache.get(keyOf(index))
const getOrSet = (index) => cache.getOrSet(keyOf(index), () => load(index), tagged(index))
let loads = 0
async function load(index) {
  loads++
  const version = readTruth(index)
  await pause(1)
  return entryOf(version)
}

let phase = 0
let calls = 0
let longest = 0
const problems = []
let ticks = 0
const waiting = new Set()

// In ticks of this process, so that one that does not get the processor is not found to be late.
setInterval(() => {
  ticks++
  for (const call of waiting) {
    if (ticks - call.begun <= mostTicks) continue
    problems.push(`${call.verb} took longer than a second`)
    waiting.delete(call)
  }
}, tickMs).unref()
for (const event of ['unhandledRejection', 'uncaughtException']) {
  process.on(event, (error) => problems.push(`${event}: ${error?.message}`))
}

async function call(verb, run) {
  const started = performance.now()
  const mine = { verb, begun: ticks }
  waiting.add(mine)
  try {
    return await run()
  } catch (error) {
    problems.push(`${verb}: ${error.message}`)
  } finally {
    calls++
    waiting.delete(mine)
    longest = Math.max(longest, performance.now() - started)
  }
}

const updates = [
  ['set', (index, version) => cache.set(keyOf(index), entryOf(version), tagged(index))],
  ['delete', (index) => cache.delete(keyOf(index))],
  ['invalidate', (index) => cache.invalidate(tagOf(index))],
]

/** Each key is written by one caller of one process, one time after the other, and read by all. */
async function work(caller, working) {
  const lane = worker * callers + caller
  const lanes = workers * callers
  for (let step = 0; working(); step++) {
    const some = (step * 7 + lane * 11) % (3 * perPhase)
    const found = step % 2 ? await call('get', () => get(some)) : undefined
    if (found === undefined) await call('getOrSet', () => getOrSet(some))
    const own = perPhase * phase + ((lane + lanes * step) % perPhase)
    if (step % 3 === 0 && own % lanes === lane) await update(own, updates[(step / 3) % 3])
    await pause(2)
  }
}

async function update(index, [verb, act]) {
  const version = readTruth(index) + 1
  writeTruth(index, version)
  await call(verb, () => act(index, version))
  for (const [reading, read] of [
    ['get', get],
    ['getOrSet', getOrSet],
  ]) {
    const value = await call(reading, () => read(index))
    if (value !== undefined && value.version !== version) {
      problems.push(`${reading} after ${verb}: ${value.version} instead of ${version}`)
    }
  }
}

let working = false
let workDone
let program
const verbs = {
  start() {
    working = true
    workDone = Promise.all(
      Array.from({ length: callers }, (_, caller) => work(caller, () => working)),
    )
  },
  async stop() {
    working = false
    await workDone
    return { problems: [...new Set(problems)], longest }
  },
  /** From now on it writes the keys of another phase. */
  phase(next) {
    phase = next
  },
  state: () => ({ calls, up, felt }),
  /** Time passes, without anybody waiting for it. */
  pass(ms) {
    passed += ms
  },
  /** Keys of each phase that are answered otherwise than with the truth; a missing one is no answer. */
  async stale() {
    const stale = [0, 0, 0]
    for (let index = 0; index < 3 * perPhase; index++) {
      const found = await get(index)
      const loaded = await getOrSet(index)
      const version = readTruth(index)
      const isTrue = (found ?? loaded).version === version && loaded.version === version
      if (!isTrue) stale[Math.floor(index / perPhase)]++
    }
    return stale
  },
  /** Many callers of one key, whose loader takes its time. */
  async storm(key, count, ms) {
    const slow = async () => {
      loads++
      await pause(ms)
      return key
    }
    const answers = Array.from({ length: count }, () => cache.getOrSet(key, slow))
    return [...new Set(await Promise.all(answers))]
  },
  loads: () => loads,
  /** Says a word to the others, by a key of its own. */
  say: (word) => cache.set(`word of ${worker}`, word),
  /** The last words of all. */
  hear: () => Promise.all(Array.from({ length: workers }, (_, i) => cache.get(`word of ${i}`))),
  /** One of them changes what the keys of a phase stand for, as a program that knows of no cache. */
  async overwrite(which) {
    if (worker > 0) return
    program ??= await (await import('redis')).createClient({ url: at }).connect()
    for (let index = perPhase * which; index < perPhase * (which + 1); index++) {
      writeTruth(index, readTruth(index) + 1)
      await program.del(`${options.name}:1:${keyOf(index)}`)
    }
  },
  get: (key) => cache.get(key),
}

process.on('message', async ({ id, verb, args }) => {
  try {
    process.send({ id, answer: await verbs[verb](...args) })
  } catch (error) {
    process.send({ id, error: error.message })
  }
})
process.on('disconnect', () => process.exit())
