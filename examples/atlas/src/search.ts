import type { City } from './cities.ts'

export interface SearchResult {
  /** Matches without a typing error, shown or not. */
  readonly total: number
  readonly hits: readonly City[]
  /** The first so many of the hits contain the query as it is; those after them nearly do. */
  readonly exact: number
}

export type Search = (query: string) => SearchResult

const shown = 20

/** A name or a query as it is compared: without accents, case and punctuation. */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}

/** Searches names; of equally good matches the one that comes first in `cities` wins. */
export function createSearch(cities: readonly City[]): Search {
  const names = cities.map((city) => fold(city.name))
  const letters = Uint32Array.from(names, lettersOf)

  return (query) => {
    const wanted = fold(query)
    if (wanted === '') return { total: 0, hits: [], exact: 0 }

    const grades: number[][] = [[], [], [], []]
    let total = 0
    names.forEach((name, index) => {
      const grade = matchGrade(name, wanted)
      if (grade === undefined) return
      total++
      grades[grade]?.push(index)
    })
    const found = grades.flat().slice(0, shown)
    const exact = found.length
    found.push(...nearMisses(names, letters, wanted, shown - exact))
    return { total, exact, hits: found.flatMap((index) => cities[index] ?? []) }
  }
}

/** 0 the whole name, 1 its beginning, 2 the beginning of a later word, 3 elsewhere. */
function matchGrade(name: string, wanted: string): number | undefined {
  const at = name.indexOf(wanted)
  if (at < 0) return undefined
  if (at === 0) return name.length === wanted.length ? 0 : 1
  return name.includes(` ${wanted}`) ? 2 : 3
}

/** Names that begin with something one typing error away from `wanted`, or two in a long query. */
function nearMisses(
  names: readonly string[],
  letters: Uint32Array,
  wanted: string,
  count: number,
): number[] {
  const limit = wanted.length < 4 ? 0 : wanted.length < 8 ? 1 : 2
  if (limit === 0 || count === 0) return []
  const distance = prefixDistance(wanted, limit)
  const byDistance: number[][] = Array.from({ length: limit + 2 }, () => [])
  const asked = lettersOf(wanted)
  names.forEach((name, index) => {
    // A letter that the name has nowhere is an error wherever it stands.
    if (bitCount(asked & ~(letters[index] ?? 0)) <= limit) byDistance[distance(name)]?.push(index)
  })
  return byDistance
    .slice(1, limit + 1)
    .flat()
    .filter((index) => !names[index]?.includes(wanted))
    .slice(0, count)
}

/** The set of letters as bits; letters that share a bit make the set look smaller, never larger. */
function lettersOf(text: string): number {
  let bits = 0
  for (let i = 0; i < text.length; i++) bits |= 1 << (text.charCodeAt(i) & 31)
  return bits
}

function bitCount(bits: number): number {
  let count = 0
  for (let left = bits; left !== 0; left &= left - 1) count++
  return count
}

/**
 * Fewest letters to insert, drop or change (Levenshtein 1966) so that `wanted` becomes a beginning
 * of a name; `limit + 1` stands for anything above the limit. Only the cells of the matrix that
 * can stay within the limit are computed (Ukkonen 1985).
 */
export function prefixDistance(wanted: string, limit: number): (name: string) => number {
  const width = 2 * limit + 1
  const over = limit + 1
  // Cell d of row i stands for the first i + d - limit letters of the name; the last is a wall.
  const row = new Uint8Array(width + 1)

  return (name) => {
    if (name.length < wanted.length - limit) return over
    for (let d = 0; d <= width; d++) row[d] = d < limit || d === width ? over : d - limit
    let best = 0
    for (let i = 1; i <= wanted.length && best <= limit; i++) {
      const letter = wanted.charCodeAt(i - 1)
      let left = over
      best = over
      for (let d = 0; d < width; d++) {
        const column = i + d - limit
        let cell = over
        if (column === 0) cell = i
        else if (column > 0 && column <= name.length) {
          const changed = (row[d] ?? over) + (name.charCodeAt(column - 1) === letter ? 0 : 1)
          cell = Math.min(changed, left + 1, (row[d + 1] ?? over) + 1, over)
        }
        row[d] = cell
        left = cell
        best = Math.min(best, cell)
      }
    }
    return best
  }
}
