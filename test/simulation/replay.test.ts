import { expect, test } from 'vitest'
import { type ProfileName, profiles } from './profile.ts'
import { report, simulate } from './simulate.ts'

/** `profile:seed`; its history is printed. */
const wanted = process.env.HOTSET_SEED

test('the same seed makes the same world', async () => {
  const [profile = '', seed = ''] = (wanted ?? 'everything:7').split(':')
  expect(Object.keys(profiles)).toContain(profile)
  const first = await report(profile as ProfileName, Number(seed))
  if (wanted !== undefined) console.log(first)
  expect((await report(profile as ProfileName, Number(seed))) === first).toBe(true)
  expect(await simulate(profile as ProfileName, Number(seed))).toEqual([])
})
