/** A typed array of so many numbers, which begin with the old ones; the others are 0. */
export function grown<T extends Pick<Uint8Array, 'set'>>(
  column: new (length: number) => T,
  old: ArrayLike<number>,
  length: number,
): T {
  const numbers = new column(length)
  numbers.set(old)
  return numbers
}
