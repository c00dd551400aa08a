import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { City } from './cities.ts'
import { listCountries } from './countries.ts'
import { fold } from './search.ts'

type Kind = 'city' | 'search' | 'near' | 'country'

const mix = ['city', 'search', 'near', 'city', 'search'] as const

/** What page n of the trace is: of twenty, one is a country or a region. */
function kindOf(id: number): Kind {
  return id % 20 === 19 ? 'country' : (mix[id % mix.length] ?? 'city')
}

/** The ids of the trace, in the order of its requests. */
export function readTrace(): number[] {
  const file = new URL('../trace/web07.gz', import.meta.url)
  return gunzipSync(readFileSync(file)).toString().trimEnd().split('\n').map(Number)
}

/**
 * The requests of the trace as addresses of this site. Every id has an address of its own, so the
 * pages are asked for as often, and in the order, in which the trace says. `cities` must be
 * ordered by population: the large ones are asked for first.
 */
export function requestPaths(trace: readonly number[], cities: readonly City[]): string[] {
  const sources: Record<Kind, Iterator<string>> = {
    city: distinct(cityPaths(cities)),
    search: distinct(searchPaths(cities)),
    near: distinct(nearPaths(cities)),
    country: distinct(countryPaths(cities)),
  }
  // Ids are numbered in the order of their first appearance.
  const paths: string[] = []
  return trace.map((id) => {
    while (paths.length <= id) {
      const next = sources[kindOf(paths.length)].next()
      if (next.done) throw new Error('The trace has more pages than the atlas')
      paths.push(next.value)
    }
    return paths[id] ?? '/'
  })
}

function* cityPaths(cities: readonly City[]): Iterable<string> {
  for (const { id } of cities) yield `/city/${id}`
}

/** People type whole names, beginnings, and names with a letter left out. */
function* searchPaths(cities: readonly City[]): Iterable<string> {
  for (const [index, city] of cities.entries()) {
    const name = fold(city.name)
    const middle = Math.ceil(name.length / 2)
    const typed = [
      name,
      name,
      name.slice(0, middle + 1),
      name.slice(0, middle) + name.slice(middle + 1),
    ]
    yield `/search?q=${encodeURIComponent(fold(typed[index % typed.length] ?? name))}`
  }
}

function* nearPaths(cities: readonly City[]): Iterable<string> {
  for (const { latitude, longitude } of cities) {
    yield `/near?lat=${latitude.toFixed(1)}&lon=${longitude.toFixed(1)}`
  }
}

function* countryPaths(cities: readonly City[]): Iterable<string> {
  for (const { name } of listCountries(cities)) yield `/country/${name}`
  for (const { country, region } of cities) if (region) yield `/country/${country}/${region}`
}

function* distinct(paths: Iterable<string>): Iterator<string> {
  const seen = new Set<string>()
  for (const path of paths) {
    if (seen.has(path)) continue
    seen.add(path)
    yield path
  }
}
