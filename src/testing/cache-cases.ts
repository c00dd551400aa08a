import type { CacheCase, CachePart } from './cache-case.ts'
import { bulkLoadCases } from './cache-cases/bulk-load-cases.ts'
import { closeCases } from './cache-cases/close-cases.ts'
import { disabledCases } from './cache-cases/disabled-cases.ts'
import { keyCases } from './cache-cases/key-cases.ts'
import { lifetimeCases } from './cache-cases/lifetime-cases.ts'
import { loadCases } from './cache-cases/load-cases.ts'
import { memoryCases } from './cache-cases/memory-cases.ts'
import { namedCases } from './cache-cases/named-cases.ts'
import { numberCases } from './cache-cases/number-cases.ts'
import { optionCases } from './cache-cases/option-cases.ts'
import { readCases } from './cache-cases/read-cases.ts'
import { reportCases } from './cache-cases/report-cases.ts'
import { sharedCases } from './cache-cases/shared-cases.ts'
import { spaceCases } from './cache-cases/space-cases.ts'
import { staleCases } from './cache-cases/stale-cases.ts'
import { valueCases } from './cache-cases/value-cases.ts'
import { versionCases } from './cache-cases/version-cases.ts'
import { waitCases } from './cache-cases/wait-cases.ts'
import { writeCases } from './cache-cases/write-cases.ts'

/**
 * What every cache must do, whatever it consists of, for any test runner. Each run needs a world of
 * its own:
 *
 * ```ts
 * for (const { name, run } of cacheCasesFor(['memory', 'store'])) test(name, () => run(world()))
 * ```
 */
export const cacheCases: readonly CacheCase[] = [
  ...readCases,
  ...valueCases,
  ...writeCases,
  ...lifetimeCases,
  ...numberCases,
  ...versionCases,
  ...keyCases,
  ...loadCases,
  ...waitCases,
  ...bulkLoadCases,
  ...staleCases,
  ...spaceCases,
  ...sharedCases,
  ...namedCases,
  ...memoryCases,
  ...disabledCases,
  ...optionCases,
  ...reportCases,
  ...closeCases,
]

/** The cases that concern a cache of these parts. */
export function cacheCasesFor(parts: readonly CachePart[]): CacheCase[] {
  return cacheCases.filter(({ needs }) => needs.every((part) => parts.includes(part)))
}
