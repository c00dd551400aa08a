/** Most parts of one value that are looked at; the rest is taken to be like them. */
const mostParts = 2000

/** About how many bytes of memory a value takes: the default weight where memory is bounded in bytes. */
export function approximateBytes(value: unknown, key = ''): number {
  let bytes = 64 + key.length
  let seen = 0
  const visited = new Set<object>()
  const queue: unknown[] = [value]
  while (queue.length > 0 && seen < mostParts) {
    seen++
    const part = queue.pop()
    if (typeof part === 'string') bytes += 16 + part.length
    else if (typeof part === 'bigint') bytes += 16 + Math.ceil(part.toString(16).length / 2)
    else if (typeof part === 'object' && part !== null) {
      if (visited.has(part)) continue
      visited.add(part)
      bytes += sizeOfObject(part, queue)
    } else bytes += 8
  }
  return queue.length === 0 ? bytes : Math.ceil((bytes * (seen + queue.length)) / seen)
}

/** The object's own bytes; its parts are added to the queue. */
function sizeOfObject(object: object, queue: unknown[]): number {
  if (ArrayBuffer.isView(object)) return 96 + object.byteLength
  if (object instanceof ArrayBuffer) return 96 + object.byteLength
  if (object instanceof Map) {
    for (const [key, value] of object) queue.push(key, value)
    return 64 + object.size * 32
  }
  if (object instanceof Set || Array.isArray(object)) {
    for (const part of object) queue.push(part)
    return 64 + (object instanceof Set ? object.size * 24 : 0)
  }
  const values = Object.values(object)
  for (const part of values) queue.push(part)
  return 32 + values.length * 8
}
