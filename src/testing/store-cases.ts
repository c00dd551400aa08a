import type { Store } from '../contracts/store.ts'
import type { StoreCase } from './store-case.ts'
import { addCases } from './store-cases/add-cases.ts'
import { batchCases } from './store-cases/batch-cases.ts'
import { bytesCases } from './store-cases/bytes-cases.ts'
import { expiryCases } from './store-cases/expiry-cases.ts'
import { headCases } from './store-cases/head-cases.ts'
import { incrementCases } from './store-cases/increment-cases.ts'
import { keyCases } from './store-cases/key-cases.ts'
import { replaceCases } from './store-cases/replace-cases.ts'
import { upkeepCases } from './store-cases/upkeep-cases.ts'

/**
 * What every store must do, for any test runner. A case needs a store of its own, or one that holds
 * other records but is used by nobody else meanwhile:
 *
 * ```ts
 * for (const { name, run } of storeCasesFor(store)) test(name, () => run(open(), world))
 * ```
 */
export const storeCases: readonly StoreCase[] = [
  ...batchCases,
  ...bytesCases,
  ...keyCases,
  ...expiryCases,
  ...addCases,
  ...replaceCases,
  ...incrementCases,
  ...headCases,
  ...upkeepCases,
]

/** The cases that concern a store which can do what this one can. */
export function storeCasesFor(store: Store): StoreCase[] {
  return storeCases.filter(({ needs }) => needs.every((capability) => store[capability]))
}
