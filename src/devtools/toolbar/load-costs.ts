import { keyGroup } from '../../telemetry/key-group.ts'

/** Most keys, and groups of keys, of which is known what they cost. */
const mostKeys = 10_000
const mostGroups = 1_000

interface OfKey {
  readonly cache: string
  readonly namespace: string | undefined
  readonly key: string
}

/** What loads took, as far as this process has seen them: by key, and on average by group of keys. */
export class LoadCosts {
  readonly #keys = new Map<string, number>()
  readonly #groups = new Map<string, { count: number; total: number }>()

  note(of: OfKey, durationMs: number): void {
    put(this.#keys, nameOf(of, of.key), durationMs, mostKeys)
    const group = groupOf(of)
    const { count, total } = this.#groups.get(group) ?? { count: 0, total: 0 }
    put(this.#groups, group, { count: count + 1, total: total + durationMs }, mostGroups)
  }

  /** `undefined` where nothing like it was loaded. */
  estimate(of: OfKey): number | undefined {
    const known = this.#keys.get(nameOf(of, of.key))
    if (known !== undefined) return known
    const group = this.#groups.get(groupOf(of))
    return group && group.total / group.count
  }
}

/** Drops what was loaded longest ago. */
function put<V>(map: Map<string, V>, name: string, value: V, most: number): void {
  map.delete(name)
  map.set(name, value)
  if (map.size > most) map.delete(map.keys().next().value as string)
}

function groupOf(of: OfKey): string {
  return nameOf(of, keyGroup(of.key))
}

function nameOf({ cache, namespace = '' }: OfKey, name: string): string {
  return JSON.stringify([cache, namespace, name])
}
