import { type ProfileName, profiles } from './profile.ts'
import { World } from './world.ts'

/** What broke a promise in the world of that seed; nothing, if all were kept. */
export async function simulate(
  profile: ProfileName,
  seed: number,
  history?: string[],
): Promise<readonly string[]> {
  const world = new World(profiles[profile], seed, history)
  await world.run()
  return world.checker.violations
}

/** The first of so many seeds in whose world a promise is broken. */
export async function firstFailure(
  profile: ProfileName,
  seeds: number,
): Promise<number | undefined> {
  for (let seed = 0; seed < seeds; seed++) {
    if ((await simulate(profile, seed)).length > 0) return seed
  }
  return undefined
}

/** Throws with everything that happens in the world of the first seed in which a promise is broken. */
export async function expectPromisesKept(profile: ProfileName, seeds: number): Promise<void> {
  const seed = await firstFailure(profile, seeds)
  if (seed !== undefined) throw new Error(await report(profile, seed))
}

/** What happens in the world of that seed, and what of it breaks a promise. */
export async function report(profile: ProfileName, seed: number): Promise<string> {
  const history: string[] = []
  const violations = await simulate(profile, seed, history)
  return [
    `Seed ${seed} of "${profile}" breaks ${violations.length} promises:`,
    ...violations,
    `This one alone: HOTSET_SEED=${profile}:${seed} npx vitest run test/simulation/replay.test.ts`,
    ...history,
  ].join('\n')
}
