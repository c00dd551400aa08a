// A process of its own for one peer: what answers wrongly is not timed.
import { strict as assert } from 'node:assert'
import { setTimeout as passing } from 'node:timers/promises'
import { freshKey } from '../keys.mjs'
import { peerNamed } from '../peers.mjs'
import { serve } from '../worker.mjs'

const entries = 1_000
/** Milliseconds. Some count whole seconds, and may take one more. */
const ttl = 1_000
const expired = 2_500

serve(async ({ name }) => {
  const peer = await peerNamed(name)
  await keepsApart(peer)
  if (!peer.isUnbounded) await isBounded(peer)
  if (!peer.hasNoTtl) await expires(peer)
  return {}
})

/** The number of the load is in the answer: each key is to be loaded once. */
function counting({ readThrough }, options) {
  let loads = 0
  return readThrough({ entries, ttl: 300_000, ...options, load: async () => ({ load: loads++ }) })
}

async function keepsApart(peer) {
  const read = counting(peer)
  for (let time = 0; time < 2; time++) {
    for (let index = 0; index < entries / 2; index++) {
      const answer = await read(freshKey(index))
      assert.deepEqual(answer, { load: index }, `${freshKey(index)} has the value of another key`)
    }
  }
  const answers = await Promise.all(Array.from({ length: 50 }, () => read('cold')))
  for (const { load } of answers) assert.ok(load >= entries / 2, 'value of a cold key')
}

async function isBounded({ slack = 1, ...peer }) {
  const read = counting(peer)
  const all = 10 * entries
  for (let index = 0; index < all; index++) await read(freshKey(index))
  let kept = 0
  for (let index = all - 1; index >= 0; index--)
    if ((await read(freshKey(index))).load < all) kept++
  assert.ok(kept <= slack * entries, `it holds ${kept} entries where ${entries} are allowed`)
}

async function expires(peer) {
  const read = counting(peer, { ttl })
  await read('short-lived')
  await passing(expired)
  assert.deepEqual(await read('short-lived'), { load: 1 }, 'value after it has expired')
}
