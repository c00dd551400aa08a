// A process that uses a cache over Redis as an application does, while that is well or broken.
import { setTimeout as passing } from 'node:timers/promises'
import { serve } from '../worker.mjs'
import { subjectNamed } from './subjects.mjs'

/** Milliseconds that a load takes. */
export const loadMs = 20
/** Callers, and the keys that they ask for, more than one load after the other could keep. */
const callers = 50
const hotKeys = 5_000
/** Milliseconds after which a call counts as one that never ends. */
const patience = 10_000
/** Keys of each group that are looked at for old values. */
const watched = 50
const entries = 100_000
const tagCount = 10

let subject
let loads = 0
let unhandled = 0
// What clients complain of in an outage is no news.
console.error = () => {}
for (const event of ['unhandledRejection', 'uncaughtException']) {
  process.on(event, () => unhandled++)
}

const verbs = {
  async open({ name, port }) {
    const open = await subjectNamed(name)
    subject = await open({ port, memory: {}, onEvent() {} })
    await subject.getOrSet('warm-up', async () => 0)
  },
  /** Many callers of one cold key. */
  async storm({ key, count }) {
    const calls = Array.from({ length: count }, () => subject.getOrSet(key, () => load(key)))
    await Promise.all(calls)
    return { loads }
  },
  /**
   * Calls for so long; how long they took, and what went wrong. In the middle of it, a group is
   * `write`n, if one is named.
   */
  async work({ ms, write }) {
    const end = performance.now() + ms
    const writing = write && passing(ms / 2).then(() => verbs.write(write))
    const durations = []
    const errors = {}
    const call = async (key) => {
      const start = performance.now()
      try {
        await answered(subject.getOrSet(key, () => load(key)))
      } catch (error) {
        errors[error.message] = (errors[error.message] ?? 0) + 1
      }
      durations.push(performance.now() - start)
    }
    await Promise.all(
      Array.from({ length: callers }, async (_, caller) => {
        for (let step = 0; performance.now() < end; step++) {
          await call(`hot ${(caller * 101 + step * 7) % hotKeys}`)
          // A turn, so that an answer from memory does not keep all others waiting.
          await new Promise(setImmediate)
        }
      }),
    )
    durations.sort((a, b) => a - b)
    return {
      calls: durations.length,
      errors,
      unhandled,
      p99: durations[Math.floor(durations.length * 0.99)],
      longest: durations.at(-1),
      ...(await writing),
    }
  },
  /** Sets the keys of a group to a version; how many of these calls failed. */
  async write({ group, version }) {
    const calls = watchedKeys(group).map((key) => answered(subject.set(key, version)))
    const settled = await Promise.allSettled(calls)
    return { failed: settled.filter(({ status }) => status === 'rejected').length }
  },
  /** How many keys of a group are answered with another version than this. */
  async stale({ group, version }) {
    const calls = watchedKeys(group).map((key) =>
      answered(subject.getOrSet(key, async () => version)),
    )
    const settled = await Promise.allSettled(calls)
    return { stale: settled.filter(({ value }) => value !== version).length }
  },
  /** 100,000 entries, a tenth of them with each tag. */
  async fill() {
    const { cache } = subject
    for (let tag = 0; tag < tagCount; tag++) {
      const share = Array.from({ length: entries / tagCount }, (_, i) => [`${tag}:${i}`, i])
      await cache.setMany(share, { tags: [`tag ${tag}`] })
    }
  },
  /** Milliseconds of an invalidation of each tag; all of its entries must be gone then, and no other. */
  async invalidate() {
    const { cache } = subject
    const times = []
    for (let tag = 0; tag < tagCount; tag++) {
      const start = performance.now()
      await cache.invalidate(`tag ${tag}`)
      times.push(performance.now() - start)
      const gone = await cache.getMany([`${tag}:1`, `${tag}:9999`])
      if (gone.size > 0) throw new Error(`tag ${tag} is still there`)
      const next = tag + 1 < tagCount && (await cache.getMany([`${tag + 1}:1`, `${tag + 1}:9999`]))
      if (next && next.size < 2) throw new Error(`tag ${tag + 1} is gone, too`)
    }
    return { times }
  },
}

serve(async ({ verb, ...question }) => (await verbs[verb](question)) ?? {})

async function load(key) {
  loads++
  await passing(loadMs)
  return { key }
}

async function answered(call) {
  const late = new AbortController()
  const never = passing(patience, undefined, { signal: late.signal }).then(() => {
    throw new Error('No answer')
  })
  try {
    return await Promise.race([call, never])
  } finally {
    never.catch(() => {})
    late.abort()
  }
}

function watchedKeys(group) {
  return Array.from({ length: watched }, (_, i) => `${group} ${i}`)
}
