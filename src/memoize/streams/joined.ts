import { joinedBytes } from '../../kernel/joined-bytes.ts'

/** Neighbours that are text, or bytes, as one. */
export function joined<T>(chunks: readonly T[]): readonly T[] {
  const all: unknown[] = []
  for (let from = 0; from < chunks.length; ) {
    const kind = kindOf(chunks[from])
    let to = from + 1
    while (to < chunks.length && kind !== 'other' && kindOf(chunks[to]) === kind) to++
    const run: readonly unknown[] = chunks.slice(from, to)
    if (kind === 'text') all.push(run.join(''))
    else if (kind === 'bytes') all.push(joinedBytes(run as readonly Uint8Array[]))
    else all.push(...run)
    from = to
  }
  return all as readonly T[]
}

function kindOf(chunk: unknown): 'text' | 'bytes' | 'other' {
  if (typeof chunk === 'string') return 'text'
  return chunk instanceof Uint8Array ? 'bytes' : 'other'
}
