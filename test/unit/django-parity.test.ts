import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { cacheCases } from '../../src/testing/cache-cases.ts'

/** How many tests each class has. */
const classes = {
  BaseCacheTests: 62,
  DummyCacheTests: 23,
  LocMemCacheTests: 6,
  FileBasedCacheTests: 9,
  CacheClosingTests: 2,
  DefaultNonExpiringCacheKeyTests: 5,
  CacheHandlerTest: 5,
  CustomCacheKeyValidationTests: 1,
}
const names = new Set(cacheCases.map(({ name }) => name))
const document = readFileSync(
  new URL('../../docs/internals/django-parity.md', import.meta.url),
  'utf8',
)

/** The rows of the table under a heading: test, cases, remark. */
function rowsOf(heading: string): string[][] {
  const section = document.split('\n## ').find((text) => text.startsWith(`${heading}\n`)) ?? ''
  const lines = section.split('\n').filter((line) => line.startsWith('| '))
  return lines.slice(1).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

describe.each(Object.entries(classes))('%s', (heading, count) => {
  const rows = rowsOf(heading)

  test('has a row for each test', () => {
    expect(new Set(rows.map(([name]) => name)).size).toBe(count)
    expect(rows.length).toBe(count)
  })

  test('names cases that there are, or a reason', () => {
    for (const [name, cases = '', remark] of rows) {
      const named = [...cases.matchAll(/`([^`]+)`/g)].map((match) => match[1] as string)
      expect(named.length > 0 || remark !== '', `${name} has neither`).toBe(true)
      for (const text of named) expect(names, name).toContain(text)
    }
  })
})
