/**
 * In milliseconds, what nobody lives to see. Unlike `Infinity` it makes, added to an instant of
 * today, an exact number, which that instant can be told from.
 */
export const forever: number = 2 ** 52
