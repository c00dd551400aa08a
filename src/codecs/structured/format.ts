/*
 * The structured format, version 1. Bytes are
 *
 *   head    1 byte: version × 4, + 1 where the text is UTF-16, + 2 where typed arrays are big-endian
 *   length  varint: bytes of the tree
 *   tree    one value: a tag, then what the tag says
 *   text    the characters of all strings of the tree, in order, as one block of UTF-8, or of
 *           UTF-16 (little-endian) where a string holds half a surrogate pair
 *
 * One block of text costs one call of the platform's encoder and one of its decoder. A string in the
 * tree is its length in UTF-16 units, by which it is cut from the block. A varint is an unsigned
 * number below 2^32 in groups of 7 bits, lowest first, the top bit saying that another follows.
 *
 * The first byte is always below 0x20, and JSON text never begins there: `autoCodec` rests on it.
 *
 * Objects are numbered from 0 in the order in which they begin; `reference` names one by its number.
 * The names of an object's members are a shape; shapes are numbered too, and written once.
 */
export const formatVersion = 1

export const headFlag = { utf16: 1, bigEndian: 2 } as const

/** What each byte that begins a value means. `kinds.ts` has those from 0x10 to 0x3f. */
export const tag = {
  null: 0x00,
  undefined: 0x01,
  false: 0x02,
  true: 0x03,
  /** varint: n * 2, or -n * 2 - 1 */
  integer: 0x04,
  /** 8 bytes, IEEE 754, little-endian */
  double: 0x05,
  /** text: hexadecimal digits, after a minus sign if there is one */
  bigint: 0x06,
  string: 0x07,
  /** varint: number of an object */
  reference: 0x08,
  /** varint: number of a shape; then the values */
  object: 0x09,
  /** varint: how many names; the names; then the values */
  newShape: 0x0a,
  /** the same for objects without a prototype */
  newNullShape: 0x0b,
  /** varint: length; then the elements */
  array: 0x0c,
  /** With holes or named members: varint length, varint count; then name and value of each */
  sparseArray: 0x0d,
  /** text: the registered name; then what its `encode` answered */
  instance: 0x0e,
  /** + number of a shape, below 0x20 */
  shortObject: 0x40,
  /** + length, below 0x20 */
  shortString: 0x60,
  /** + number, below 0x80 */
  shortInteger: 0x80,
} as const

export const shortLimit = 0x20

/** The names of an object's members, in order. */
export interface Shape {
  readonly number: number
  readonly names: readonly string[]
  readonly nullPrototype: boolean
}
