// A process of its own for one subject: what answers wrongly is not timed.
import { strict as assert } from 'node:assert'
import { setTimeout as passing } from 'node:timers/promises'
import { freshKey, longKey, shortKey } from './keys.mjs'
import { subjectNamed } from './subjects.mjs'
import { serve } from './worker.mjs'

const entries = 1_000

serve(async ({ name }) => {
  const subject = await subjectNamed(name)
  for (const keyOf of [freshKey, shortKey, longKey]) await keeps(subject, keyOf)
  if (subject.kinds.includes('write')) await isBounded(subject)
  if (subject.ttl && !subject.kinds.includes('await')) await expires(subject)
  return {}
})

async function keeps(subject, keyOf) {
  const cache = subject.create({ entries })
  for (const round of [0, 1]) {
    for (let index = 0; index < entries; index++) await cache.set(keyOf(index), { index, round })
    for (let index = 0; index < entries; index++) {
      assert.deepEqual(await cache.get(keyOf(index)), { index, round }, `value of ${keyOf(index)}`)
    }
  }
}

async function isBounded(subject) {
  const { slack = 1 } = subject
  const cache = subject.create({ entries })
  let kept = 0
  for (let index = 0; index < 10 * entries; index++) cache.set(freshKey(index), index)
  for (let index = 0; index < 10 * entries; index++) {
    const value = cache.get(freshKey(index))
    if (value === undefined) continue
    assert.equal(value, index, `value of ${freshKey(index)}`)
    kept++
  }
  assert.ok(kept <= slack * entries, `it holds ${kept} entries where ${entries} are allowed`)
  assert.ok(kept >= 0.9 * entries, `it holds ${kept} entries where ${entries} are allowed`)
}

async function expires(subject) {
  const cache = subject.create({ entries, ttl: 250 })
  const start = performance.now()
  await cache.set('short-lived', 1)
  const early = cache.get('short-lived')
  if (performance.now() - start < 200) assert.equal(early, 1, 'value before it expires')
  await passing(300)
  assert.equal(cache.get('short-lived'), undefined, 'value after it has expired')
}
