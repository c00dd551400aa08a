import type { Bytes } from '../../contracts/store.ts'

/** Values up to this length are copied rather than sent by themselves. */
const smallPart = 16 * 1024

/** Small parts are put together: one write of many bytes costs less than many writes. */
export function packed(parts: readonly (string | Bytes)[]): readonly (string | Bytes)[] {
  if (parts.length === 1) return parts
  const pack: (string | Bytes)[] = []
  let from = 0
  let length = 0
  for (let i = 0; i <= parts.length; i++) {
    const part = parts[i]
    if (part !== undefined && part.length <= smallPart) {
      length += part.length
      continue
    }
    if (i > from) pack.push(joined(parts, from, i, length))
    if (part !== undefined) pack.push(part)
    from = i + 1
    length = 0
  }
  return pack
}

function joined(
  parts: readonly (string | Bytes)[],
  from: number,
  end: number,
  length: number,
): Bytes {
  const bytes = Buffer.allocUnsafe(length)
  let at = 0
  for (let i = from; i < end; i++) {
    const part = parts[i] as string | Bytes
    if (typeof part === 'string') bytes.write(part, at, 'latin1')
    else bytes.set(part, at)
    at += part.length
  }
  return bytes
}
