import { type ProfileName, profiles } from './profile.ts'
import { World } from './world.ts'

/** What went wrong in the world of that seed; nothing, if all promises were kept. */
export async function simulate(
  profile: ProfileName,
  seed: number,
  history?: string[],
): Promise<readonly string[]> {
  const world = new World(profiles[profile], seed, history)
  await world.run()
  return world.checker.violations
}

/** The first of so many seeds in whose world a promise was broken. */
export async function firstFailure(
  profile: ProfileName,
  from: number,
  count: number,
): Promise<number | undefined> {
  for (let seed = from; seed < from + count; seed++) {
    if ((await simulate(profile, seed)).length > 0) return seed
  }
  return undefined
}

/** Throws with everything that happened in the world of that seed if a promise was broken there. */
export async function expectPromisesKept(profile: ProfileName, seed: number): Promise<void> {
  if ((await simulate(profile, seed)).length === 0) return
  const history: string[] = []
  const violations = await simulate(profile, seed, history)
  throw new Error(
    [
      `Seed ${seed} of "${profile}" breaks a promise:`,
      ...violations,
      `To see it alone: HOTSET_SEED=${profile}:${seed} npx vitest run test/simulation/replay.test.ts`,
      '',
      ...history,
    ].join('\n'),
  )
}
