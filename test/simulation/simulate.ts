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

/** Seeds that one test runs: few, so that what is broken is seen soon (`npm run mutants`). */
const together = 125

/** The first and the last of the seeds of each test, for so many in all. */
export function slices(seeds: number): [from: number, to: number][] {
  return Array.from({ length: Math.ceil(seeds / together) }, (_, slice) => [
    slice * together,
    Math.min((slice + 1) * together, seeds) - 1,
  ])
}

/** The first of these seeds in whose world a promise is broken. */
export async function firstFailure(
  profile: ProfileName,
  from: number,
  to: number,
): Promise<number | undefined> {
  for (let seed = from; seed <= to; seed++) {
    if ((await simulate(profile, seed)).length > 0) return seed
  }
  return undefined
}

/** Throws with everything that happens in the world of the first seed in which a promise is broken. */
export async function expectPromisesKept(
  profile: ProfileName,
  from: number,
  to: number,
): Promise<void> {
  const seed = await firstFailure(profile, from, to)
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
