import type { TableOptions } from '../stores/sql/layout.ts'

/** A URL of the SQL store, taken apart. */
export interface DatabaseUrl {
  /** What is the driver's. */
  readonly url: string
  readonly table: TableOptions
}

/** The driver's part of a URL, and what the cache would take out of it. */
export function databaseUrl(address: string): DatabaseUrl {
  const [location = '', ...rest] = address.split('?')
  const query = new URLSearchParams(rest.join('?'))
  const take = (name: string) => {
    const value = query.get(name) ?? undefined
    query.delete(name)
    return value
  }
  const [table, schema, unlogged] = [take('table'), take('schema'), take('unlogged')]
  for (const name of ['maxBytes', 'createTable']) query.delete(name)
  return {
    url: query.size === 0 ? location : `${location}?${query}`,
    table: {
      table,
      schema,
      unlogged: unlogged === undefined ? undefined : unlogged !== 'false',
    },
  }
}
