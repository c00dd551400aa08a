import type { Store } from '../../contracts/store.ts'
import { same } from '../same.ts'
import { read, record, type StoreCase, storeCase } from '../store-case.ts'

/** Makes another key of one that was never used. */
type Variant = (key: string) => string

export const keyCases: readonly StoreCase[] = [
  apart('in case', [
    (key) => `${key}a`,
    (key) => `${key}A`,
    (key) => `${key}ß`,
    (key) => `${key}SS`,
  ]),

  apart('in space around them', [
    (key) => key,
    (key) => `${key} `,
    (key) => `${key}  `,
    (key) => ` ${key}`,
    (key) => `${key}\t`,
    (key) => `${key}\n`,
    (key) => `${key}\u00a0`,
    (key) => `${key}\u200b`,
  ]),

  apart('in how a letter is composed', [
    (key) => `${key}\u00e9`,
    (key) => `${key}e\u0301`,
    (key) => `${key}e`,
    (key) => `${key}\ufb01`,
    (key) => `${key}fi`,
  ]),

  apart('in control characters', [
    (key) => `${key}\0`,
    (key) => `${key}\0\0`,
    (key) => `\0${key}`,
    (key) => `${key}\r\n`,
    (key) => `${key}\u001b[0m`,
    (key) => `${key}\u007f`,
    (key) => `${key}\ufeff`,
  ]),

  apart('in what is a separator elsewhere', [
    (key) => `${key}:a`,
    (key) => `${key}/a`,
    (key) => `${key}\\a`,
    (key) => `${key}/../a`,
    (key) => `../${key}`,
    (key) => `/${key}`,
    (key) => `${key}%2fa`,
    (key) => `${key}'a`,
    (key) => `${key}"a`,
    (key) => `${key};a`,
    (key) => `{${key}}a`,
  ]),

  apart('in halves of a surrogate pair', [
    (key) => `${key}\ud83d\ude00`,
    (key) => `${key}\ud83d`,
    (key) => `${key}\ud83e`,
    (key) => `${key}\ude00`,
    (key) => `${key}\ufffd`,
  ]),

  apart('as numbers or members of objects would not', [
    (key) => `${key}1`,
    (key) => `${key}1.0`,
    (key) => `${key}01`,
    (key) => `__proto__${key}`,
    (key) => `${key}.constructor`,
  ]),

  apart('in the last or the first of 4,096 units', [
    (key) => key.padEnd(4095, 'x').concat('a'),
    (key) => key.padEnd(4095, 'x').concat('b'),
    (key) => key.padEnd(4095, 'x'),
    (key) => `a${key.padEnd(4095, 'x')}`,
    (key) => `b${key.padEnd(4095, 'x')}`,
  ]),

  apart('in the last of 4,096 units that are wide', [
    (key) => key.padEnd(4095, '\u4e16').concat('\u4e16'),
    (key) => key.padEnd(4095, '\u4e16').concat('\u4e17'),
    (key) => key.padEnd(4094, '\u4e16').concat('\u{1f600}'),
    (key) => key.padEnd(4094, '\u4e16').concat('\u{1f601}'),
  ]),

  storeCase('takes names of members of every object for keys', [], async (store) => {
    const keys = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', '0']
    await store.deleteMany(keys)
    same(
      await read(store, ...keys),
      keys.map(() => undefined),
      'what was read',
    )
    await store.setMany(keys.map((key) => record(key, key)))
    same(await read(store, ...keys), keys, 'what was read')
    same(
      await store.deleteMany(keys),
      keys.map(() => true),
      'what was removed',
    )
  }),
]

/** The variants are different keys, for every verb. */
function apart(how: string, variants: readonly Variant[]): StoreCase {
  return storeCase(`keeps keys apart that differ ${how}`, [], async (store, world) => {
    const key = world.key()
    await expectApart(
      store,
      variants.map((variant) => variant(key)),
    )
  })
}

async function expectApart(store: Store, keys: readonly string[]): Promise<void> {
  const values = keys.map((_, i) => `value ${i}`)
  same(
    await read(store, ...keys),
    keys.map(() => undefined),
    'what was read before',
  )
  same(await store.setMany(keys.map((key, i) => record(key, `value ${i}`))), [], 'refused keys')
  same(await read(store, ...keys), values, 'what was read')
  for (const [i, key] of keys.entries()) {
    same(await store.deleteMany([key]), [true], 'what was removed')
    const left = values.map((value, at) => (at > i ? value : undefined))
    same(await read(store, ...keys), left, 'what was left')
  }
}
