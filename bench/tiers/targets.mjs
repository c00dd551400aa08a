import { median } from '../statistics.mjs'
import { resultsOf, times } from './rows.mjs'

export function targetsOf(rows) {
  const results = (task, subject = 'hotset') => resultsOf(rows, task, subject)
  const worst = (numbers) => numbers && { middle: Math.max(...numbers) }
  const targets = [
    ...['get, 1 KB', 'getOrSet, 1 KB', 'get, 20 KB'].map((task) => ({
      name: `${task}: speed of hotset / node-redis`,
      unit: '×',
      measured: times(results(task, 'node-redis'), results(task)),
      least: 0.9,
    })),
    {
      name: 'getMany(100): time of hotset / MGET of node-redis',
      unit: '×',
      measured: times(results('getMany(100), 1 KB'), results('getMany(100), 1 KB', 'node-redis')),
      most: 1.1,
    },
    {
      name: 'get from memory: time of tagged / untagged',
      unit: '×',
      measured: times(results('3 tags'), results('untagged')),
      most: 1.3,
    },
    {
      name: 'get from memory: bytes read from the store',
      unit: 'bytes',
      measured: worst(results('3 tags')?.map(({ bytesRead }) => bytesRead)),
      most: 0,
    },
    {
      name: '4 processes × 1,000 callers of one cold key',
      unit: 'loads',
      measured: worst(
        results('4 processes × 1,000 callers of one cold key')?.map(({ loads }) => loads),
      ),
      most: 1,
    },
    {
      name: 'invalidation of 10,000 of 100,000 entries',
      unit: 'ms',
      measured: middle(
        results('invalidation of 10,000 of 100,000 entries')?.flatMap((result) => result.times),
      ),
      most: 1,
    },
  ]
  return targets.filter(({ measured }) => measured !== undefined)
}

function middle(numbers) {
  return numbers && { middle: median(numbers) }
}
