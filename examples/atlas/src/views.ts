import type { City } from './cities.ts'
import { type CountrySummary, countryName, type Group } from './countries.ts'
import { type Html, html, type Part } from './html.ts'
import { layout } from './layout.ts'
import type { Neighbour, Surroundings } from './nearest.ts'
import type { SearchResult } from './search.ts'

export interface CityModel {
  readonly city: City
  /** Places by population, from 1. */
  readonly rank: { readonly world: number; readonly country: number }
  readonly surroundings: Surroundings
  /** Other places of the same name. */
  readonly namesakes: readonly City[]
}

export interface HomeModel {
  readonly cities: number
  readonly largest: readonly City[]
  readonly countries: readonly Group[]
}

const count = new Intl.NumberFormat('en')
const number = (value: number): string => count.format(value)
const distance = (kilometres: number): string => `${kilometres.toFixed(1)} km`

export function homeView({ cities, largest, countries }: HomeModel): string {
  return layout({
    title: 'Cities of the world',
    body: html`<p>${number(cities)} places with 1,000 inhabitants or more.</p>
${cityTable('The largest cities', largest)}
${groupTable('Countries by people in these places', 'Country', countries, ({ name }) => countryLink(name))}`,
  })
}

export function searchView(query: string, { total, hits, exact }: SearchResult): string {
  const similar = hits.length - exact
  return layout({
    title: `Search: ${query}`,
    query,
    body: html`<p>${number(total)} ${total === 1 ? 'place' : 'places'} found${similar > 0 ? `, and ${similar} with a similar name` : ''}.</p>
${cityTable('Best matches', hits)}`,
  })
}

export function nearView(latitude: number, longitude: number, around: Surroundings): string {
  return layout({ title: `Near ${position(latitude, longitude)}`, body: surroundings(around) })
}

export function cityView({ city, rank, surroundings: around, namesakes }: CityModel): string {
  const { latitude, longitude } = city
  return layout({
    title: city.name,
    body: html`<dl>
<dt>Country</dt><dd>${countryLink(city.country)}${city.capital ? ', its capital' : ''}</dd>
<dt>Region</dt><dd>${regionLink(city.country, city.region)}</dd>
<dt>Population</dt><dd>${number(city.population)}</dd>
<dt>By population</dt><dd>number ${number(rank.country)} in its country, ${number(rank.world)} in the world</dd>
<dt>Position</dt><dd><a href="/near?lat=${latitude.toFixed(2)}&amp;lon=${longitude.toFixed(2)}">${position(latitude, longitude)}</a></dd>
</dl>
${surroundings(around)}
${cityTable('Places of the same name', namesakes)}`,
  })
}

export function countryView(model: CountrySummary): string {
  const { country, region, centre } = model
  const name = countryName(country)
  return layout({
    title: region === '' ? name : `${name}, region ${region}`,
    body: html`<dl>
${region === '' ? '' : html`<dt>Country</dt><dd>${countryLink(country)}</dd>`}
<dt>Places</dt><dd>${number(model.cities)}</dd>
<dt>People in them</dt><dd>${number(model.population)}, the median place has ${number(model.medianPopulation)}</dd>
<dt>Centre of population</dt><dd>${position(centre.latitude, centre.longitude)}</dd>
</dl>
${cityTable('The largest places', model.largest, 'Region')}
${groupTable('Places by size', 'Inhabitants', model.sizes, ({ name }) => name)}
${groupTable('Frequent words in names', 'Word', model.words, ({ name }) => searchLink(name))}
${groupTable('Regions', 'Region', model.regions, ({ name }) => regionLink(country, name))}`,
  })
}

export function problemView(title: string, advice: string): string {
  return layout({ title, body: html`<p>${advice}</p>` })
}

function surroundings({ nearest, metropolis, circles }: Surroundings): Html {
  return html`${neighbourTable('Nearest places', nearest)}
${neighbourTable('Nearest city of a million', metropolis ? [metropolis] : [])}
${table(
  'People around',
  ['Within', '#Places', '#Population'],
  circles.map(({ radius, cities, population }) => [
    `${radius} km`,
    number(cities),
    number(population),
  ]),
)}`
}

function cityTable(
  caption: string,
  cities: readonly City[],
  column: 'Country' | 'Region' = 'Country',
): Html | undefined {
  const whereabouts = ({ country, region }: City): Html =>
    column === 'Country' ? countryLink(country) : regionLink(country, region)
  return table(
    caption,
    ['Place', column, '#Population'],
    cities.map((city) => [cityLink(city), whereabouts(city), number(city.population)]),
  )
}

function neighbourTable(caption: string, neighbours: readonly Neighbour[]): Html | undefined {
  return table(
    caption,
    ['Place', 'Country', '#Distance', 'Direction', '#Population'],
    neighbours.map(({ city, kilometres, direction }) => [
      cityLink(city),
      countryLink(city.country),
      distance(kilometres),
      direction,
      number(city.population),
    ]),
  )
}

function groupTable(
  caption: string,
  subject: string,
  groups: readonly Group[],
  name: (group: Group) => Part,
): Html | undefined {
  return table(
    caption,
    [subject, '#Places', '#Population'],
    groups.map((group) => [name(group), number(group.cities), number(group.population)]),
  )
}

/** A heading that begins with # is one of a column of numbers. Nothing at all without rows. */
function table(
  caption: string,
  headings: readonly string[],
  rows: readonly (readonly Part[])[],
): Html | undefined {
  if (rows.length === 0) return undefined
  const kind = headings.map((heading) =>
    heading.startsWith('#') ? html` class="number"` : undefined,
  )
  return html`<table>
<caption>${caption}</caption>
<thead><tr>${headings.map((heading, i) => html`<th scope="col"${kind[i]}>${heading.replace('#', '')}</th>`)}</tr></thead>
<tbody>
${rows.map((cells) => html`<tr>${cells.map((cell, i) => html`<td${kind[i]}>${cell}</td>`)}</tr>\n`)}</tbody>
</table>`
}

function cityLink({ id, name }: City): Html {
  return html`<a href="/city/${id}">${name}</a>`
}

function countryLink(code: string): Html {
  return html`<a href="/country/${code}">${countryName(code)}</a>`
}

function regionLink(country: string, region: string): Html {
  if (region === '') return html`not known`
  return html`<a href="/country/${country}/${encodeURIComponent(region)}">${region}</a>`
}

function searchLink(query: string): Html {
  return html`<a href="/search?q=${encodeURIComponent(query)}">${query}</a>`
}

function position(latitude: number, longitude: number): string {
  const north = `${Math.abs(latitude).toFixed(2)}° ${latitude < 0 ? 'S' : 'N'}`
  return `${north}, ${Math.abs(longitude).toFixed(2)}° ${longitude < 0 ? 'W' : 'E'}`
}
