import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { columnValue } from '../../src/orm/column-value.ts'
import { valuesOf } from '../../src/orm/table-change.ts'
import { tableTags } from '../../src/orm/table-tags.ts'

const tags = tableTags({
  columns: { users: ['id', 'Email'], 'public.Posts': ['id'] },
  dependents: { users: ['posts'], posts: ['feed'], feed: ['users'] },
})
const meets = (one: readonly string[], others: readonly string[]) =>
  one.some((tag) => others.includes(tag))

describe('values that a database takes for equal are one', () => {
  test.each([
    [42, '42', 42n, ' 42 ', '+42', '42.00', '0x2A'],
    [true, 'true', 't', 1, '1', 'TRUE'],
    [false, 'f', 0, '0', 'off'],
    ['Ann', 'ann ', 'ANN', 'A-n-n'],
    ['Wych', 'vic', 'UJC'],
    ['A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '{a0eebc999c0b4ef8bb6d6bb9bd380a11}'],
    [9007199254740993n, '9007199254740993', 9007199254740992],
    [0, -0, '-0'],
    ['00000000-0000-0000-0000-000000000001', '00000000000000000000000000000001'],
    [Number.NaN, 'NaN', 'nan'],
  ])('%s', (...values) => {
    expect(new Set(values.map(columnValue)).size).toBe(1)
    expect(columnValue(values[0])).toBeDefined()
  })

  test('what cannot be told apart so has none', () => {
    for (const value of [
      null,
      undefined,
      new Date(),
      {},
      new Uint8Array(1),
      [],
      'é',
      'Straße',
      '５',
      '🐶',
    ]) {
      expect(columnValue(value)).toBeUndefined()
    }
  })

  test('whole numbers and short plain texts are told apart', () => {
    const word = fc
      .stringMatching(/^[b-df-ik-tvxz][b-gik-tvxz]{0,20}$/)
      .filter((it) => !/^(no|off|on|f|n|t|false)$/.test(it))
    fc.assert(
      fc.property(
        fc.oneof(fc.maxSafeInteger(), word),
        fc.oneof(fc.maxSafeInteger(), word),
        (one, other) => {
          expect(columnValue(one) === columnValue(other)).toBe(
            one === other || (one === 0 && other === 0),
          )
        },
      ),
    )
  })
})

describe('who reads is told by who writes', () => {
  const alone = tableTags({
    columns: { users: ['id', 'Email'], 'public.Posts': ['id'] },
    generated: { posts: ['id'] },
  })
  const cell = fc.oneof(
    fc.integer({ min: 1, max: 5 }),
    fc.constantFrom('a', 'b', null),
    fc.constant(undefined),
  )
  const row = fc.record({ id: cell, Email: cell, name: cell }, { requiredKeys: [] })
  const change = fc.record({ before: row, after: row }, { requiredKeys: [] })

  test('a row that may have such a value is one that those with the tag depend on', () => {
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('id', 'Email'),
        fc.constantFrom(1, 2, 'a'),
        (rows, column, value) => {
          const images = rows.flatMap(({ before, after }) => {
            const said = [before, after].filter((it) => it !== undefined)
            return said.length === 0 ? [{}] : said
          })
          const may = images.some(
            (image) =>
              !Object.hasOwn(image, column) ||
              [value, undefined].includes((image as Record<string, number>)[column]),
          )
          const invalidated = alone.changed([{ table: 'USERS', rows }])
          expect(meets(alone.rows('public.users', { [column]: value }), invalidated)).toBe(may)
          expect(meets(alone.table('users'), invalidated)).toBe(true)
        },
      ),
    )
  })

  test('a table with its schema and without may be the same, two schemas are two tables', () => {
    const places = tableTags({
      columns: { users: ['id'], 'auth.users': ['email', 'id'] },
      generated: { users: ['id'] },
      dependents: { users: ['posts'], 'auth.sessions': ['feed'] },
    })
    const names = ['users', 'public.users', 'dbo.Users', 'auth.users', 'app.users', 'app.posts']
    const parts = (name: string) =>
      name
        .toLowerCase()
        .replace(/^(public|dbo)\./, '')
        .split('.')
    for (const [written, read] of names.flatMap((one) => names.map((other) => [one, other]))) {
      const [one, other] = [parts(written as string), parts(read as string)]
      const isBare = one.length === 1 || other.length === 1
      const may = isBare ? one.at(-1) === other.at(-1) : one.join() === other.join()
      // What changes along with users may be in any schema.
      const isAlong = one.at(-1) === 'users' && other.at(-1) === 'posts'
      for (const values of [undefined, new Map([['id', [7]]]), new Map([['id', 'new' as const]])]) {
        const invalidated = places.changed([{ table: written as string, values }])
        const tell = `${written}, ${read}`
        expect(meets(places.table(read as string), invalidated), tell).toBe(may || isAlong)
        if (other.at(-1) === 'posts') continue
        const row = places.among(read as string, 'id', [7], true)
        expect(meets(row, invalidated), tell).toBe(may)
        // Who names a schema is told of rows only by who names it too.
        const another = places.among(read as string, 'id', [8], false)
        const isRow = values?.get('id') !== 'new' && values !== undefined
        if (isRow && other.length <= one.length) {
          expect(meets(another, invalidated), tell).toBe(false)
        }
      }
    }
    const cascades = places.changed([{ table: 'sessions' }])
    expect(meets(places.table('feed'), cascades)).toBe(true)
    expect(places.columns('app.users')).toEqual(['id'])
    expect(places.columns('auth.users')).toEqual(['email', 'id'])
  })

  test('nothing said is anything', () => {
    const invalidated = alone.changed([{ table: 'users' }])
    expect(meets(tags.rows('users', { id: 5 }), invalidated)).toBe(true)
    expect(meets(tags.rows('users', { Email: 'x@y' }), invalidated)).toBe(true)
  })

  test('a new value is only what was looked for in vain', () => {
    const invalidated = alone.changed([{ table: 'posts', values: new Map([['id', 'new']]) }])
    expect(meets(alone.among('posts', 'id', [7], false), invalidated)).toBe(false)
    expect(meets(alone.among('posts', 'id', [7], true), invalidated)).toBe(true)
    const chosen = alone.changed([{ table: 'posts', values: new Map([['id', [1, null]]]) }])
    expect(meets(alone.among('posts', 'id', [7], false), chosen)).toBe(false)
    expect(meets(alone.among('posts', 'id', [7], true), chosen)).toBe(true)
    // Nobody said that the database chooses this one.
    const other = alone.changed([{ table: 'users', values: new Map([['id', 'new']]) }])
    expect(meets(alone.among('users', 'id', [7], false), other)).toBe(true)
  })

  test('what changes along is any row of its table, over several steps and in circles', () => {
    const invalidated = tags.changed([
      { table: 'users', rows: [{ before: { id: 1, Email: 'a' } }] },
    ])
    expect(meets(tags.rows('posts', { id: 3 }), invalidated)).toBe(true)
    expect(meets(tags.table('feed'), invalidated)).toBe(true)
    expect(meets(tags.rows('users', { id: 2 }), invalidated)).toBe(true)
  })

  test('a table that changes along with itself is changed in any row', () => {
    const itself = tableTags({ columns: { users: ['id'] }, dependents: { users: ['users'] } })
    const invalidated = itself.changed([{ table: 'users', rows: [{ before: { id: 1 } }] }])
    expect(meets(itself.rows('users', { id: 2 }), invalidated)).toBe(true)
  })

  test('more rows than are worth a tag each are any rows', () => {
    const rows = Array.from({ length: 1000 }, (_, id) => ({ after: { id, Email: 'a' } }))
    const invalidated = alone.changed([{ table: 'users', rows }])
    expect(invalidated.length).toBeLessThan(10)
    expect(meets(tags.rows('users', { id: 5000 }), invalidated)).toBe(true)
  })

  test('of rows, columns count that all tell', () => {
    const known = valuesOf(
      { table: 'users', rows: [{ before: { id: 1 } }, { after: { id: 2, name: 'a' } }] },
      ['id', 'name'],
    )
    expect([...known]).toEqual([['id', [1, 2]]])
  })
})

describe('bad input', () => {
  test('names the option, the rule and the value', () => {
    const bad: [unknown, RegExp][] = [
      [{ colums: {} }, /Unknown option `colums` of tableTags/],
      [{ columns: { users: 'id' } }, /`columns\.users` to be a list of names, got "id"/],
      [{ columns: { users: [''] } }, /`columns\.users` to be a string that is not empty/],
      [{ database: '' }, /`database` to be a string that is not empty/],
      [{ columns: 3 }, /`columns` to be an object of lists by table, got 3/],
    ]
    for (const [options, message] of bad) {
      expect(() => tableTags(options as object), String(message)).toThrow(message)
    }
    expect(() => tags.rows('users', { name: 1 })).toThrow(
      /Expected a column of users that is in `columns` \(id, Email\), got name/,
    )
  })
})
