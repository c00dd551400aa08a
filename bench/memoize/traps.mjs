// A process of its own for one peer: which different calls it takes for one, and whether it takes
// equal ones for two.
import { isDeepStrictEqual } from 'node:util'
import { peerNamed } from '../peers.mjs'
import { serve } from '../worker.mjs'

const different = {
  "1 and '1'": [[1], ['1']],
  "null and 'null'": [[null], ['null']],
  'null and undefined': [[null], [undefined]],
  'NaN and null': [[Number.NaN], [null]],
  '0 and -0': [[0], [-0]],
  'a date and its text': [[new Date(0)], [new Date(0).toJSON()]],
  'two maps': [[new Map([['a', 1]])], [new Map([['b', 2]])]],
  'two sets': [[new Set(['a'])], [new Set(['b'])]],
  'two patterns': [[/a/], [/b/]],
  '{} and { a: undefined }': [[{}], [{ a: undefined }]],
  "('a') and ('a', undefined)": [['a'], ['a', undefined]],
}
const equal = [[{ a: 1, b: 2 }], [{ b: 2, a: 1 }]]

serve(async ({ subject }) => {
  const { memoize } = await peerNamed(subject)
  const areOne = async ([one, other]) => {
    let runs = 0
    const memoized = memoize(async () => ({ run: ++runs }), { entries: 100 })
    const first = await memoized(...one)
    return isDeepStrictEqual(await memoized(...other), first)
  }
  const confused = []
  for (const [name, pair] of Object.entries(different)) if (await areOne(pair)) confused.push(name)
  return { confused, of: Object.keys(different).length, ignoresOrder: await areOne(equal) }
})
