import { describe, expect, test } from 'vitest'
import { KeyError } from '../../src/kernel/errors.ts'
import { cacheKey, structuralKey } from '../../src/kernel/structural-key.ts'

const key = (...values: unknown[]) => structuralKey(values)

describe('pairs that simpler keys confuse', () => {
  const different: readonly (readonly [string, readonly unknown[], readonly unknown[]])[] = [
    ['number and string', [1], ['1']],
    ['number and bigint', [1], [1n]],
    ['boolean and string', [true], ['true']],
    ['null and undefined', [null], [undefined]],
    ['undefined and nothing', [undefined], []],
    ['undefined and its name', [undefined], ['undefined']],
    ['a missing property and one that is undefined', [{}], [{ a: undefined }]],
    ['a hole and undefined', [new Array(1)], [[undefined]]],
    ['0 and -0', [0], [-0]],
    ['NaN and null', [Number.NaN], [null]],
    ['NaN and Infinity', [Number.NaN], [Infinity]],
    ['a date and its text', [new Date(0)], [new Date(0).toJSON()]],
    ['a date and an invalid one', [new Date(0)], [new Date(Number.NaN)]],
    ['nesting', [['a'], 'b'], [['a', 'b']]],
    ['one argument and two', ['a,b'], ['a', 'b']],
    ['an array and an object', [['a']], [{ 0: 'a' }]],
    ['a set and an array', [new Set(['a'])], [['a']]],
    ['a map and an object', [new Map([['a', 1]])], [{ a: 1 }]],
    ['map keys of different types', [new Map([[1, 0]])], [new Map([['1', 0]])]],
    ['urls', [new URL('http://a/?x=1')], [new URL('http://a/?x=2')]],
    ['flags of patterns', [/a/g], [/a/i]],
    ['typed arrays', [new Uint8Array([1])], [new Int8Array([1])]],
    ['a buffer and a typed array', [Buffer.from([1])], [new Uint8Array([1])]],
    ['with a prototype and without', [{}], [Object.create(null)]],
    ['symbols', [Symbol.for('a')], [Symbol.for('b')]],
    ['a symbol and its name', [{ [Symbol.for('a')]: 1 }], [{ a: 1 }]],
    ['order of parameters', [new URLSearchParams('a=1&b=2')], [new URLSearchParams('b=2&a=1')]],
  ]
  test.each(different)('%s', (_, one, other) => {
    expect(structuralKey(one)).not.toBe(structuralKey(other))
  })

  const equal: readonly (readonly [string, unknown, unknown])[] = [
    ['order of properties', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
    ['order in a set', new Set([1, { a: 1 }]), new Set([{ a: 1 }, 1])],
    [
      'order in a map',
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
      new Map([
        ['b', 2],
        ['a', 1],
      ]),
    ],
    ['invalid dates', new Date(Number.NaN), new Date('no')],
    ['NaN', Number.NaN, Number.NaN],
    ['views of the same bytes', new Uint8Array([1, 2]).subarray(1), new Uint8Array([2])],
    ['urls written in two ways', new URL('HTTP://a:80/'), new URL('http://a/')],
  ]
  test.each(equal)('are equal: %s', (_, one, other) => {
    expect(key(one)).toBe(key(other))
  })
})

test('a key can be read by a person', () => {
  expect(key()).toBe('()')
  expect(key(42)).toBe('42')
  expect(key('hello', 42n, null)).toBe('5:hello,42n,null')
  expect(key({ ids: [1, 2], at: new Date(5) })).toBe('{ 2:at=Date(5) 3:ids=[ 1 2]}')
})

test('long binary data is whole', () => {
  const long = new Uint8Array(20_000).fill(7)
  expect(key(long)).toHaveLength('Uint8Array(20000:)'.length + 20_000)
  expect(key(long.map((byte, at) => (at === 8191 ? 8 : byte)))).not.toBe(key(long))
  expect(key(new SharedArrayBuffer(2))).not.toBe(key(new ArrayBuffer(2)))
})

test('many properties, in whatever order', () => {
  const pairs = Array.from({ length: 2000 }, (_, n) => [`name ${n}`, n] as const)
  const keys = [pairs, pairs.toReversed()].map((entries) => key(Object.fromEntries(entries)))
  expect(new Set(keys).size).toBe(1)
})

describe('functions and symbols', () => {
  test('count by identity in a process', () => {
    const one = () => 1
    const other = () => 1
    expect(key(one)).toBe(key(one))
    expect(key(one)).not.toBe(key(other))
    const symbol = Symbol('a')
    expect(key(symbol)).toBe(key(symbol))
    expect(key(symbol)).not.toBe(key(Symbol('a')))
    expect(key({ [symbol]: 1 })).not.toBe(key({ [Symbol('a')]: 1 }))
  })

  test('are refused where the key is shared, but for registered symbols', () => {
    const shared = (value: unknown) => structuralKey([value], 'shared')
    expect(() => shared({ done: () => 1 })).toThrow(
      'There is no key for these arguments: argument 1.done is a function, which other processes do not know',
    )
    expect(() => shared(Symbol('a'))).toThrow('argument 1 is a symbol')
    expect(() => shared({ [Symbol('a')]: 1 })).toThrow('argument 1[Symbol(a)] is a symbol')
    expect(shared(Symbol.for('a'))).toBe('symbol(1:a)')
  })
})

describe('classes', () => {
  class Point {
    readonly x: number
    constructor(x: number) {
      this.x = x
    }
  }
  class User {
    readonly id: unknown
    constructor(id: unknown) {
      this.id = id
    }
    get [cacheKey](): unknown {
      return this.id
    }
  }
  class Admin extends User {}
  class Team {
    readonly members: readonly User[]
    constructor(...members: readonly User[]) {
      this.members = members
    }
    [cacheKey](): unknown {
      return this.members
    }
    static readonly [cacheKey] = 'Team'
  }

  test('are told apart by what they say of themselves', () => {
    expect(key(new User(1))).toBe(key(new User(1)))
    expect(key(new User(1))).not.toBe(key(new User('1')))
    expect(key(new User(1))).not.toBe(key(new Admin(1)))
    expect(key(new Team(new User(1)))).toBe(key(new Team(new User(1))))
    expect(key(new Team(new User(1)))).not.toBe(key(new Team(new User(2))))
    expect(structuralKey([Team], 'shared')).toBe('class@4:Team(4:Team)')
    expect(key({ secret: 1, [cacheKey]: 'a' })).toBe(key({ secret: 2, [cacheKey]: 'a' }))
  })

  test('the symbol is registered: copies of this package agree', () => {
    expect(cacheKey).toBe(Symbol.for('hotset.cacheKey'))
  })

  test.each<[string, () => unknown, string]>([
    [
      'says nothing',
      () => [{ at: new Point(1) }],
      'argument 1[0].at is an instance of Point, which says nothing under [cacheKey]',
    ],
    ['has no name', () => new (class {})(), 'argument 1 is an instance of a nameless class'],
    [
      'of a built-in kind',
      () => new (class Tags extends Set {})(),
      'is an instance of Tags, which says nothing',
    ],
    ['not saved yet', () => new User(undefined), 'argument 1 says undefined under [cacheKey]'],
    ['says null', () => new User(null), 'argument 1 says null under [cacheKey]'],
    [
      'says such a one',
      () => new Team(new User(new Point(1))),
      'argument 1[Symbol(hotset.cacheKey)][0][Symbol(hotset.cacheKey)] is an instance of Point',
    ],
    ['a promise', () => Promise.resolve(1), 'is an instance of Promise'],
    ['an error', () => new Error('no'), 'is an instance of Error'],
    ['in a map', () => new Map([[1, new Point(1)]]), 'argument 1[0] is an instance of Point'],
    [
      'under a strange name',
      () => ({ 'a b': new Point(1) }),
      'argument 1["a b"] is an instance of Point',
    ],
  ])('an instance that %s is refused', (_, make, message) => {
    expect(() => key(make())).toThrow(KeyError)
    expect(() => key(make())).toThrow(message)
  })

  test('the second argument is called the second', () => {
    expect(() => key(1, new Point(1))).toThrow('argument 2 is an instance of Point')
  })

  test('what it throws itself is not touched', () => {
    const error = new Error('its own')
    const broken = {
      get a() {
        throw error
      },
    }
    expect(() => key(broken)).toThrow(error)
  })
})

describe('cycles', () => {
  const ring = () => {
    const child: Record<string, unknown> = {}
    return { list: [1, child], child: Object.assign(child, { up: { child } }) }
  }
  test.each<[string, () => unknown, string]>([
    ['object', ring, 'argument 1.child.up contains itself'],
    [
      'array',
      () => {
        const a: unknown[] = []
        a.push([a])
        return a
      },
      'argument 1 contains itself',
    ],
    [
      'map',
      () => {
        const m = new Map()
        return m.set(1, { m })
      },
      'argument 1 contains itself',
    ],
    [
      'set',
      () => {
        const s = new Set()
        return [s.add(s)]
      },
      'argument 1[0] contains itself',
    ],
  ])('an %s that contains itself is refused', (_, make, message) => {
    expect(() => key(make())).toThrow(KeyError)
    expect(() => key(make())).toThrow(message)
  })

  test('what occurs twice is no cycle', () => {
    const part = { a: 1 }
    expect(key([part, part])).toBe(key([{ a: 1 }, { a: 1 }]))
  })

  test('depth has a bound', () => {
    const nested = (levels: number) => {
      let value: unknown = 1
      for (let level = 0; level < levels; level++) value = [value]
      return value
    }
    expect(key(nested(250))).toHaveLength(250 * 3 + 1)
    expect(() => key(nested(251))).toThrow('is nested deeper than 250 levels')
    expect(() => key(nested(100_000))).toThrow(KeyError)
  })
})
