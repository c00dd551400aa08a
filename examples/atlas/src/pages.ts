import type { City } from './cities.ts'
import { type CountrySummary, listCountries, summarise } from './countries.ts'
import { createNearest, type Surroundings } from './nearest.ts'
import { createSearch, fold, type SearchResult } from './search.ts'
import {
  type CityModel,
  cityView,
  countryView,
  type HomeModel,
  homeView,
  nearView,
  searchView,
} from './views.ts'

/** One page: what it is called, how its content is computed, and how that looks. */
export interface Page<Content = unknown> {
  /** The same for all addresses of the same content. */
  readonly key: string
  /** Computes the content, which is plain data; undefined when there is no such page. */
  load(): Content | undefined
  /** What the content depends on. */
  tags(content: Content): string[]
  /** The whole document. */
  view(content: Content): string
}

/** Finds the page of an address; undefined when the address makes no sense. */
export type Pages = (url: URL) => Page | undefined

/** All pages of the atlas; `cities` must be ordered by population, the largest first. */
export function createPages(cities: readonly City[]): Pages {
  const search = createSearch(cities)
  const nearest = createNearest(cities)
  const indexOf = new Map(cities.map((city, index) => [city.id, index]))
  const byName = new Map<string, City[]>()
  for (const city of cities) byName.set(city.name, [...(byName.get(city.name) ?? []), city])

  const homePage: Page<HomeModel> = {
    key: 'home',
    load: () => ({
      cities: cities.length,
      largest: cities.slice(0, 25),
      countries: listCountries(cities),
    }),
    tags: () => ['cities'],
    view: homeView,
  }

  const searchPage = (query: string): Page<SearchResult> => ({
    key: `search:${fold(query)}`,
    load: () => search(query),
    tags: () => ['cities'],
    view: (content) => searchView(query, content),
  })

  const nearPage = (latitude: number, longitude: number): Page<Surroundings> => ({
    key: `near:${latitude},${longitude}`,
    load: () => nearest(latitude, longitude, 20),
    tags: ({ nearest }) => countriesOf(nearest.map(({ city }) => city)),
    view: (content) => nearView(latitude, longitude, content),
  })

  const around = (city: City): Surroundings => {
    const { metropolis, ...found } = nearest(city.latitude, city.longitude, 13)
    return {
      ...found,
      nearest: found.nearest.filter((neighbour) => neighbour.city !== city).slice(0, 12),
      metropolis: metropolis?.city === city ? undefined : metropolis,
    }
  }

  const cityPage = (id: number): Page<CityModel> => ({
    key: `city:${id}`,
    load: () => {
      const index = indexOf.get(id) ?? -1
      const city = cities[index]
      if (!city) return undefined
      const larger = cities.slice(0, index)
      return {
        city,
        rank: {
          world: index + 1,
          country: larger.filter(({ country }) => country === city.country).length + 1,
        },
        surroundings: around(city),
        namesakes: (byName.get(city.name) ?? []).filter((other) => other !== city),
      }
    },
    tags: ({ city, surroundings, namesakes }) =>
      countriesOf([city, ...surroundings.nearest.map(({ city }) => city), ...namesakes]),
    view: cityView,
  })

  const countryPage = (country: string, region: string): Page<CountrySummary> => ({
    key: `country:${country}:${region}`,
    load: () => summarise(cities, country, region),
    tags: () => [`country:${country}`],
    view: countryView,
  })

  return ({ pathname, searchParams }) => {
    if (pathname === '/') return homePage
    if (pathname === '/search') return searchPage((searchParams.get('q') ?? '').slice(0, 80))
    if (pathname === '/near') {
      const latitude = degrees(searchParams.get('lat'), 90)
      const longitude = degrees(searchParams.get('lon'), 180)
      if (latitude === undefined || longitude === undefined) return undefined
      return nearPage(latitude, longitude)
    }
    const [, id] = /^\/city\/(\d{1,9})$/.exec(pathname) ?? []
    if (id) return cityPage(Number(id))
    const [, country, region = ''] = /^\/country\/([A-Z]{2})(?:\/(\w+))?$/.exec(pathname) ?? []
    if (country) return countryPage(country, region)
    return undefined
  }
}

/** A coordinate rounded to two decimals, about a kilometre, so that neighbours share a page. */
function degrees(text: string | null, limit: number): number | undefined {
  if (!text || !/^-?\d{1,3}(\.\d{1,9})?$/.test(text)) return undefined
  const value = Math.round(Number(text) * 100) / 100 || 0
  return Math.abs(value) <= limit ? value : undefined
}

function countriesOf(cities: readonly City[]): string[] {
  return [...new Set(cities.map(({ country }) => `country:${country}`))]
}
