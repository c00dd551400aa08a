import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type City, loadCities } from '../../examples/atlas/src/cities.ts'
import { summarise } from '../../examples/atlas/src/countries.ts'
import { html } from '../../examples/atlas/src/html.ts'
import { createNearest } from '../../examples/atlas/src/nearest.ts'
import { createPages } from '../../examples/atlas/src/pages.ts'
import { readTrace, requestPaths } from '../../examples/atlas/src/requests.ts'
import { createSearch, fold, prefixDistance } from '../../examples/atlas/src/search.ts'
import { readSettings } from '../../examples/atlas/src/settings.ts'

/** Few letters, so that names and queries resemble each other. */
const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 9 })
const name = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(' '))

const cities: fc.Arbitrary<City[]> = fc
  .array(
    fc.record({
      id: fc.integer({ min: 1 }),
      name,
      country: fc.constantFrom('FR', 'DE', 'NZ'),
      region: fc.constantFrom('', '01', '02'),
      capital: fc.boolean(),
      population: fc.integer({ min: 0, max: 2e6 }),
      latitude: fc.double({ min: -90, max: 90, noNaN: true }),
      longitude: fc.double({ min: -180, max: 180, noNaN: true }),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((rows) => rows.sort((a, b) => b.population - a.population))

/** The textbook recursion, by rows. */
function levenshtein(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const above = row
    row = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(changed, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
  }
  return row[b.length] ?? 0
}

function naivePrefixDistance(wanted: string, name: string): number {
  const ends = Array.from({ length: name.length + 1 }, (_, end) => end)
  return Math.min(...ends.map((end) => levenshtein(wanted, name.slice(0, end))))
}

/** Sorts everything, by a key that says how good a match is. */
function naiveSearch(cities: readonly City[], query: string): City[] {
  const limit = query.length < 4 ? 0 : query.length < 8 ? 1 : 2
  const grade = ({ name }: City): number => {
    if (name === query) return 0
    if (name.startsWith(query)) return 1
    if (name.split(' ').some((_, i, words) => words.slice(i).join(' ').startsWith(query))) return 2
    if (name.includes(query)) return 3
    const distance = naivePrefixDistance(query, name)
    return distance <= limit ? 3 + distance : Infinity
  }
  return cities
    .map((city) => ({ city, grade: grade(city) }))
    .filter(({ grade }) => grade < Infinity)
    .sort((a, b) => a.grade - b.grade)
    .map(({ city }) => city)
    .slice(0, 20)
}

/** Kilometres by the angle between two vectors, which shares nothing with the haversine. */
function naiveDistance(a: Pick<City, 'latitude' | 'longitude'>, b: City): number {
  const vector = ({ latitude, longitude }: Pick<City, 'latitude' | 'longitude'>) => {
    const [phi, lambda] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180]
    return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)]
  }
  const [ax = 0, ay = 0, az = 0] = vector(a)
  const [bx = 0, by = 0, bz = 0] = vector(b)
  const cross = Math.hypot(ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx)
  return 6371.0088 * Math.atan2(cross, ax * bx + ay * by + az * bz)
}

describe('search', () => {
  test('the distance to a beginning of a name is that of the textbook, up to the limit', () => {
    fc.assert(
      fc.property(word, name, fc.integer({ min: 1, max: 3 }), (wanted, name, limit) => {
        const expected = Math.min(limit + 1, naivePrefixDistance(wanted, name))
        expect(prefixDistance(wanted, limit)(name)).toBe(expected)
      }),
    )
  })

  test('hits are those of a search that compares and sorts everything', () => {
    fc.assert(
      fc.property(cities, name, (cities, query) => {
        const { hits, exact, total } = createSearch(cities)(query)
        expect(hits).toEqual(naiveSearch(cities, query))
        expect(total).toBe(cities.filter(({ name }) => name.includes(query)).length)
        expect(exact).toBe(Math.min(20, total))
      }),
      { numRuns: 500 },
    )
  })

  test('accents, case and punctuation do not matter', () => {
    expect(fold('  Saint-Étienne (Loire) ')).toBe('saint etienne loire')
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(fold(fold(text))).toBe(fold(text))
      }),
    )
  })
})

test('what is nearest is so by another formula too', () => {
  const point = fc.record({
    latitude: fc.double({ min: -90, max: 90, noNaN: true }),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
  })
  fc.assert(
    fc.property(cities, point, fc.integer({ min: 1, max: 10 }), (cities, from, count) => {
      const found = createNearest(cities)(from.latitude, from.longitude, count)
      const distances = cities.map((city) => naiveDistance(from, city))
      const nearest = [...distances].sort((a, b) => a - b).slice(0, count)
      expect(found.nearest).toHaveLength(nearest.length)
      for (const [i, { city, kilometres }] of found.nearest.entries()) {
        expect(kilometres).toBeCloseTo(nearest[i] ?? Number.NaN, 3)
        expect(kilometres).toBeCloseTo(naiveDistance(from, city), 3)
      }
      const millions = distances.filter((_, i) => (cities[i]?.population ?? 0) >= 1e6)
      expect(found.metropolis?.kilometres ?? Infinity).toBeCloseTo(Math.min(...millions), 3)
      for (const { radius, cities: inside } of found.circles) {
        expect(inside).toBe(distances.filter((distance) => distance <= radius).length)
      }
    }),
  )
})

test('directions are those of the compass', () => {
  const at = (latitude: number, longitude: number): City => ({
    ...{ id: 1, name: 'a', country: 'FR', region: '', capital: false, population: 1 },
    ...{ latitude, longitude },
  })
  const around = [
    at(1, 0),
    at(1, 1),
    at(0, 1),
    at(-1, 1),
    at(-1, 0),
    at(-1, -1),
    at(0, -1),
    at(1, -1),
  ]
  const directions = around.map((city) => createNearest([city])(0, 0, 1).nearest[0]?.direction)
  expect(directions).toEqual(['N', 'NE', 'E', 'SE', 'S', 'SW', 'W', 'NW'])
})

test('a country is the sum of its rows, its regions and its sizes', () => {
  fc.assert(
    fc.property(cities, (cities) => {
      const rows = cities.filter(({ country }) => country === 'NZ')
      const summary = summarise(cities, 'NZ', '')
      const people = rows.reduce((sum, { population }) => sum + population, 0)
      expect(summary?.population ?? 0).toBe(people)
      expect(summary?.cities ?? 0).toBe(rows.length)
      expect(summary?.sizes.reduce((sum, { population }) => sum + population, 0) ?? 0).toBe(people)
      for (const { name, cities: count } of summary?.regions ?? []) {
        expect(summarise(cities, 'NZ', name)?.cities).toBe(count)
      }
    }),
  )
})

describe('markup', () => {
  const hostile = fc.oneof(
    fc.string({
      unit: fc.constantFrom('<', '>', '"', "'", '&', '/', 'script', 'x', ' ', '=', '`'),
    }),
    fc.string({ unit: 'binary' }),
  )
  const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
  const read = (escaped: string): string =>
    escaped.replace(/&([a-z0-9#]+);/g, (_, entity) => entities[entity] ?? '?')

  test('what is put in comes out as text, whole', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const [, attribute, content] =
          /^<p title="([^<>"']*)">([^<>"']*)<\/p>$/.exec(
            `${html`<p title="${text}">${text}</p>`}`,
          ) ?? []
        expect(read(attribute ?? 'broken out')).toBe(text)
        expect(read(content ?? 'broken out')).toBe(text)
      }),
    )
  })

  test('a query changes no tag of the page that shows it', () => {
    const pages = createPages([])
    const tagsFor = (query: string): string[] => {
      const page = pages(new URL(`http://atlas/search?q=${encodeURIComponent(query)}`))
      const tags = page?.view(page.load()).match(/<[^>]*>/g) ?? []
      return tags.map((tag) => tag.replace(/ value="[^"]*"/, ' value'))
    }
    const harmless = tagsFor('paris')
    expect(harmless.length).toBeGreaterThan(10)
    fc.assert(
      fc.property(hostile, (query) => {
        expect(tagsFor(query)).toEqual(harmless)
      }),
    )
  })
})

describe('the trace as requests', () => {
  const all = loadCities()
  const trace = readTrace()
  const paths = requestPaths(trace, all)
  const pages = createPages(all)

  test('there is a page for each id, and another one for another id', () => {
    const keyOf = new Map<number, string>()
    for (const [i, path] of paths.entries()) {
      const key = pages(new URL(`http://atlas${path}`))?.key ?? expect.unreachable(path)
      expect(keyOf.get(trace[i] ?? -1) ?? key).toBe(key)
      keyOf.set(trace[i] ?? -1, key)
    }
    expect(new Set(keyOf.values()).size).toBe(keyOf.size)
    expect(keyOf.size).toBe(20_484)
  })

  test('each kind of page has content and is a document', () => {
    for (const path of new Set(paths.slice(0, 60))) {
      const page = pages(new URL(`http://atlas${path}`))
      expect(page?.load(), path).toBeDefined()
      expect(page?.view(page.load()), path).toMatch(
        /^<!doctype html>[\s\S]*GeoNames[\s\S]*<\/html>\n$/,
      )
    }
  })

  test.each([
    ...['/nowhere', '/city/x', '/city/1/2', '/country/fr', '/near', '/near?lat=91&lon=0'],
    ...['/near?lat=1e1&lon=0', '/near?lat=0&lon=-180.5', '//', '/country/FR/a/b'],
  ])('%s is no page', (path) => {
    expect(pages(new URL(`http://atlas${path}`))).toBeUndefined()
  })
})

describe('the command line', () => {
  test('settings', () => {
    expect(readSettings(['--json', '--requests', '20'], { PORT: '8080' })).toEqual({
      ...{ json: true, serve: false, requests: 20, port: 8080 },
    })
    expect(readSettings([], {})).toEqual({
      json: false,
      serve: false,
      requests: undefined,
      port: 0,
    })
  })

  test.each([
    [['--quiet'], {}, '--quiet'],
    [['now'], {}, 'now'],
    [['--requests'], {}, '--requests'],
    [['--requests', '0'], {}, '--requests'],
    [['--requests', '1.5'], {}, '--requests'],
    [[], { PORT: '65536' }, 'PORT'],
    [[], { PORT: 'http' }, 'PORT'],
  ])('%j with %j says what is wrong', (args, environment, culprit) => {
    expect(readSettings(args, environment)).toContain(culprit)
  })
})
