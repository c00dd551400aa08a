import { type Mutant, refolded } from './mutant.ts'

export const keyMutants: readonly Mutant[] = [
  {
    name: 'folds case',
    killer: 'keeps keys apart that differ in case',
    mutate: refolded((key) => key.toLowerCase()),
  },
  {
    name: 'trims keys',
    killer: 'keeps keys apart that differ in space around them',
    mutate: refolded((key) => key.trimEnd()),
  },
  {
    name: 'normalises keys',
    killer: 'keeps keys apart that differ in how a letter is composed',
    mutate: refolded((key) => key.normalize('NFC')),
  },
  {
    name: 'ends a key at the first zero',
    killer: 'keeps keys apart that differ in control characters',
    mutate: refolded((key) => key.replace(/(.)\0.*$/s, '$1')),
  },
  {
    name: 'takes a key for a path',
    killer: 'keeps keys apart that differ in what is a separator elsewhere',
    mutate: refolded((key) => key.replaceAll('\\', '/')),
  },
  {
    name: 'writes keys in UTF-8',
    killer: 'keeps keys apart that differ in halves of a surrogate pair',
    mutate: refolded((key) => Buffer.from(key).toString()),
  },
  {
    name: 'takes for a number what looks like one',
    killer: 'keeps keys apart that differ as numbers or members of objects would not',
    mutate: refolded((key) => key.replace(/\.0$/, '')),
  },
  {
    name: 'cuts keys',
    killer: 'keeps keys apart that differ in the last or the first of 4,096 units',
    mutate: refolded((key) => key.slice(0, 4095)),
  },
  {
    name: 'cuts keys in UTF-8',
    killer: 'keeps keys apart that differ in the last of 4,096 units that are wide',
    mutate: refolded((key) => Buffer.from(key).toString('latin1', 0, 8192)),
  },
  {
    name: 'finds the members of every object',
    killer: 'takes names of members of every object for keys',
    mutate: (store) => ({
      getMany: async (keys) =>
        (await store.getMany(keys)).map((value, i) =>
          (keys[i] as string) in {} ? new Uint8Array(1) : value,
        ),
    }),
  },
]
