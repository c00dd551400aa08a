/**
 * Keys as a server sees them: flat strings out of a buffer whose hash nobody has computed yet. The
 * same index gives an equal string every time, and another object.
 */
const prefixes = ['user:', 'page:/', 'item:', 'session:', 'product:', 'search?q=', 'order:', 'tag:']
const digits = Buffer.from('0123456789abcdef')
const longStart = 'https://shop.example/catalogue/departments/home-and-garden/products/'
const scratch = Buffer.alloc(200)
const starts = prefixes.map((prefix) => Buffer.from(prefix))

/** 16 to 32 characters. */
export function freshKey(index) {
  const start = starts[index & 7]
  const length = Math.max(16 + ((index >>> 3) & 15), start.length + 8)
  start.copy(scratch)
  // A different number for each index below 2 ** 32, as the multiplier is odd.
  let bits = Math.imul(index, 0x9e3779b1)
  for (let at = start.length; at < length; at++) {
    scratch[at] = digits[bits & 15]
    bits = (bits >>> 4) | (bits << 28)
  }
  return scratch.latin1Slice(0, length)
}

/** The decimal digits of a number. */
export function shortKey(index) {
  return decimal(index, 0)
}

/** 200 characters, of which the last differ. */
export function longKey(index) {
  scratch.fill('x')
  scratch.write(longStart)
  decimal(index, 190)
  return scratch.latin1Slice(0, 200)
}

/** What a caller puts into its template: an id that it was given as a string. */
export function idOf(index) {
  return String(1_000_000 + index)
}

function decimal(index, at) {
  const length = scratch.write(String(index), at)
  return scratch.latin1Slice(at, at + length)
}
