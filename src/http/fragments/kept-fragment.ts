import type { Standing } from './dependencies.ts'

/**
 * A fragment as the cache has it: one line of JSON, `[until, tag, …]`, and the text. So a single
 * read, a synchronous one too, tells whatever is around it on what it stands; and a string is what
 * every codec can carry and no isolation has to copy.
 */
export function sealed(text: string, { until, tags }: Standing): string {
  return `${JSON.stringify([until === Infinity ? null : until, ...tags])}\n${text}`
}

export function textOf(kept: string): string {
  return kept.slice(kept.indexOf('\n') + 1)
}

export function standingOf(kept: string): Standing {
  const line = kept.slice(0, kept.indexOf('\n'))
  const [until, ...tags] = JSON.parse(line) as [number | null, ...string[]]
  return { until: until ?? Infinity, tags }
}
