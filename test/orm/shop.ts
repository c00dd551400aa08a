import fc from 'fast-check'

/** A random operation: who does it says what the numbers are for. */
export interface Operation {
  readonly kind: number
  readonly a: number
  readonly b: number
  readonly c: number
  readonly word: string
}

/** Operations, and transactions of such, which may be given up. */
export type Step =
  | { readonly operation: Operation }
  | { readonly steps: readonly Step[]; readonly ends: 'commit' | 'rollback' }

const number = fc.integer({ min: 1, max: 5 })

export function someOperation(kinds: number): fc.Arbitrary<Operation> {
  return fc.record({
    kind: fc.nat(kinds - 1),
    a: number,
    b: number,
    c: number,
    word: fc.constantFrom('ann', 'bob', "o'neill"),
  })
}

/** Steps of which transactions are up to three deep. */
export function someSteps(kinds: number): fc.Arbitrary<Step[]> {
  const { steps } = fc.letrec<{ steps: Step[]; step: Step }>((tie) => ({
    step: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'transactions' },
      { weight: 4, arbitrary: someOperation(kinds).map((operation) => ({ operation })) },
      {
        weight: 2,
        arbitrary: fc.record({
          steps: tie('steps'),
          ends: fc.constantFrom('commit', 'rollback'),
        }),
      },
    ),
    steps: fc.array(tie('step'), {
      minLength: 1,
      maxLength: 5,
      depthIdentifier: 'transactions',
    }),
  }))
  return steps
}

/** What ends a transaction on purpose. */
export class GivenUp extends Error {}

/** The same for rows in whatever order. */
export function rowsOf(rows: readonly unknown[]): string[] {
  const text = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)
  return rows.map((row) => JSON.stringify(row, text)).sort()
}

interface Rows {
  readonly users: readonly { readonly id: number; readonly team: number; readonly name: string }[]
  readonly posts: readonly {
    readonly id: number
    readonly author: number
    readonly title: string
    readonly likes: number
  }[]
}

/** The rows that each run begins with. */
export const seed: Rows = {
  users: [1, 2, 3].map((id) => ({ id, team: id % 2, name: 'ann' })),
  posts: [1, 2, 3, 4].map((id) => ({ id, author: (id % 3) + 1, title: 'bob', likes: id })),
}
