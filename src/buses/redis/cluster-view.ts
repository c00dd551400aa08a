/** What a server of a cluster knows of all. */
export interface ClusterView {
  /** The id of the server itself. */
  readonly self: string
  /** The primaries that have slots, by id, and the first slot of each. */
  readonly primaries: ReadonlyMap<string, number>
}

/** Understands the answer to `CLUSTER NODES`: `id address flags primary ping pong epoch state slots…`. */
export function clusterView(nodes: unknown): ClusterView {
  const primaries = new Map<string, number>()
  let self = ''
  for (const line of String(nodes).split('\n')) {
    const [id = '', , flags = '', , , , , , ...slots] = line.split(' ')
    if (flags.includes('myself')) self = id
    // Slots on their way from or to another are in brackets.
    const first = Number.parseInt(slots[0] ?? '', 10)
    if (flags.includes('master') && !Number.isNaN(first)) primaries.set(id, first)
  }
  return { self, primaries }
}

/** A slot of each primary that was seen, but is not one of those that are heard. */
export function slotsUnheard(
  heard: readonly ClusterView[],
  seen: readonly ClusterView[],
): readonly number[] {
  const ids = new Set(heard.map(({ self }) => self))
  const others = seen.flatMap(({ primaries }) => [...primaries].filter(([id]) => !ids.has(id)))
  return [...new Map(others).values()]
}

/** A key that belongs to the slot: the first of `0`, `1`, `2` … that does. */
export function keyInSlot(slot: number): string {
  for (let number = 0; ; number++) if (slotOf(`${number}`) === slot) return `${number}`
}

/** CRC-16/XMODEM of an ASCII key without braces, modulo 16,384 (Redis cluster specification). */
function slotOf(key: string): number {
  let crc = 0
  for (let at = 0; at < key.length; at++) {
    crc ^= key.charCodeAt(at) << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
  }
  return crc & 0x3fff
}
