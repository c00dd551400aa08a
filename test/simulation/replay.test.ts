import { expect, test } from 'vitest'
import { type ProfileName, profiles } from './profile.ts'
import { report } from './simulate.ts'

const [profile = 'everything', seed = '7'] = (process.env.HOTSET_SEED ?? '').split(':')

test('the same seed makes the same world', async () => {
  expect(Object.keys(profiles)).toContain(profile || 'everything')
  const name = (profile || 'everything') as ProfileName
  const first = await report(name, Number(seed))
  if (process.env.HOTSET_SEED !== undefined) console.log(first)
  expect(await report(name, Number(seed))).toBe(first)
  expect(first).toContain('breaks 0 promises')
  expect(first.split('\n').length).toBeGreaterThan(20)
})
