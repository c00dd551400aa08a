import type { City } from './cities.ts'

export interface Neighbour {
  readonly city: City
  readonly kilometres: number
  /** Direction as one of eight points of the compass. */
  readonly direction: string
}

export interface Surroundings {
  readonly nearest: readonly Neighbour[]
  /** The nearest city of a million inhabitants or more. */
  readonly metropolis: Neighbour | undefined
  readonly circles: readonly Circle[]
}

export interface Circle {
  /** Kilometres. */
  readonly radius: number
  readonly cities: number
  readonly population: number
}

export type Nearest = (latitude: number, longitude: number, count: number) => Surroundings

/** Mean radius of the earth in kilometres. */
const earth = 6371.0088
/** Kilometres, the widest first. */
const radii = [250, 50, 10] as const
const points = ['N', 'NE', 'E', 'SE', 'S', 'SW', 'W', 'NW']

const radians = (degrees: number): number => (degrees * Math.PI) / 180

/** Finds what is around a point; `cities` must be ordered by population, the largest first. */
export function createNearest(cities: readonly City[]): Nearest {
  const latitudes = Float64Array.from(cities, (city) => radians(city.latitude))
  const longitudes = Float64Array.from(cities, (city) => radians(city.longitude))
  const cosines = latitudes.map(Math.cos)
  const firstSmall = cities.findIndex((city) => city.population < 1e6)
  const millions = firstSmall < 0 ? cities.length : firstSmall

  /** Haversine of the angle to each city: exact for small angles, and it orders like the distance. */
  const haversines = (latitude: number, longitude: number): Float64Array => {
    const result = new Float64Array(cities.length)
    const cosine = Math.cos(latitude)
    for (let i = 0; i < result.length; i++) {
      const north = Math.sin(((latitudes[i] ?? 0) - latitude) / 2)
      const east = Math.sin(((longitudes[i] ?? 0) - longitude) / 2)
      result[i] = north * north + cosine * (cosines[i] ?? 0) * east * east
    }
    return result
  }

  return (latitude, longitude, count) => {
    const from = { latitude: radians(latitude), longitude: radians(longitude) }
    const haversine = haversines(from.latitude, from.longitude)
    const neighbour = (index: number): Neighbour[] => {
      const city = cities[index]
      if (!city) return []
      const kilometres = 2 * earth * Math.asin(Math.min(1, Math.sqrt(haversine[index] ?? 0)))
      return [{ city, kilometres, direction: direction(from, city) }]
    }
    return {
      nearest: smallest(haversine, count).flatMap(neighbour),
      metropolis: smallest(haversine.subarray(0, millions), 1).flatMap(neighbour)[0],
      circles: circlesOf(cities, haversine),
    }
  }
}

/** Indexes of the `count` smallest values, in order. */
function smallest(values: Float64Array, count: number): number[] {
  const best: number[] = []
  let worst = Infinity
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? Infinity
    if (value >= worst) continue
    let at = best.length
    while (at > 0 && (values[best[at - 1] ?? 0] ?? 0) > value) at--
    best.splice(at, 0, index)
    if (best.length > count) best.pop()
    if (best.length === count) worst = values[best[count - 1] ?? 0] ?? Infinity
  }
  return best
}

function circlesOf(cities: readonly City[], haversine: Float64Array): Circle[] {
  const inside = indexesUpTo(haversine, boundOf(radii[0]))
  return radii.map((radius) => {
    const within = inside.filter((index) => (haversine[index] ?? 1) <= boundOf(radius))
    const population = within.reduce((sum, index) => sum + (cities[index]?.population ?? 0), 0)
    return { radius, cities: within.length, population }
  })
}

/** The haversine at a distance of so many kilometres. */
function boundOf(radius: number): number {
  return Math.sin(radius / (2 * earth)) ** 2
}

function indexesUpTo(values: Float64Array, bound: number): number[] {
  const indexes: number[] = []
  for (let i = 0; i < values.length; i++) if ((values[i] ?? 1) <= bound) indexes.push(i)
  return indexes
}

/** Initial bearing of the great circle, rounded to 45 degrees. */
function direction(from: { latitude: number; longitude: number }, to: City): string {
  const latitude = radians(to.latitude)
  const east = radians(to.longitude) - from.longitude
  const bearing = Math.atan2(
    Math.sin(east) * Math.cos(latitude),
    Math.cos(from.latitude) * Math.sin(latitude) -
      Math.sin(from.latitude) * Math.cos(latitude) * Math.cos(east),
  )
  return points[(Math.round(bearing / (Math.PI / 4)) + 8) % 8] ?? 'N'
}
