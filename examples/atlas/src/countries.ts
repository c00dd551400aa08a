import type { City } from './cities.ts'
import { fold } from './search.ts'

/** What the rows say about a country, or about one of its regions. */
export interface CountrySummary {
  readonly country: string
  /** Empty for the whole country. */
  readonly region: string
  readonly cities: number
  readonly population: number
  readonly medianPopulation: number
  /** Where its people live on average. */
  readonly centre: { readonly latitude: number; readonly longitude: number }
  readonly largest: readonly City[]
  readonly regions: readonly Group[]
  readonly sizes: readonly Group[]
  /** The words that most names of places contain. */
  readonly words: readonly Group[]
}

export interface Group {
  readonly name: string
  readonly cities: number
  readonly population: number
}

const names = new Intl.DisplayNames('en', { type: 'region' })

export function countryName(code: string): string {
  return names.of(code) ?? code
}

/** All countries, those with most people in their cities first. */
export function listCountries(cities: readonly City[]): Group[] {
  return groupBy(cities, (city) => [city.country])
}

/** Summarises the cities of a country or region; undefined where there are none. */
export function summarise(
  cities: readonly City[],
  country: string,
  region: string,
): CountrySummary | undefined {
  const rows = cities.filter(
    (city) => city.country === country && (region === '' || city.region === region),
  )
  if (rows.length === 0) return undefined
  return {
    country,
    region,
    cities: rows.length,
    population: rows.reduce((sum, city) => sum + city.population, 0),
    medianPopulation: rows[Math.floor(rows.length / 2)]?.population ?? 0,
    centre: centreOf(rows),
    largest: rows.slice(0, 25),
    regions: region === '' ? groupBy(rows, (city) => [city.region]).filter(({ name }) => name) : [],
    sizes: groupBy(rows, (city) => [sizeOf(city.population)]),
    words: groupBy(rows, (city) => new Set(fold(city.name).split(' ')))
      .filter(({ name, cities }) => name.length > 2 && cities > 1)
      .sort((a, b) => b.cities - a.cities)
      .slice(0, 15),
  }
}

/** Counts each city in every group it belongs to; the groups of most people come first. */
function groupBy(cities: readonly City[], groupsOf: (city: City) => Iterable<string>): Group[] {
  const groups = new Map<string, { name: string; cities: number; population: number }>()
  for (const city of cities) {
    for (const name of groupsOf(city)) {
      const group = groups.get(name) ?? { name, cities: 0, population: 0 }
      group.cities++
      group.population += city.population
      groups.set(name, group)
    }
  }
  return [...groups.values()].sort((a, b) => b.population - a.population)
}

function sizeOf(population: number): string {
  if (population >= 1e6) return '1,000,000 and more'
  if (population >= 1e5) return '100,000 to 999,999'
  if (population >= 1e4) return '10,000 to 99,999'
  return 'under 10,000'
}

/** Mean of the places as points in space, weighted by people: no seam at 180 degrees. */
function centreOf(cities: readonly City[]): { latitude: number; longitude: number } {
  const degree = Math.PI / 180
  let [x, y, z] = [0, 0, 0]
  for (const { latitude, longitude, population } of cities) {
    const level = Math.cos(latitude * degree) * population
    x += level * Math.cos(longitude * degree)
    y += level * Math.sin(longitude * degree)
    z += Math.sin(latitude * degree) * population
  }
  return {
    latitude: Math.atan2(z, Math.hypot(x, y)) / degree,
    longitude: Math.atan2(y, x) / degree,
  }
}
