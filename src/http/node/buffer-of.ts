/** Bodies are sent again and again. */
const known = new WeakMap<Uint8Array, Buffer>()

/** The same bytes as Node's streams take them: of any other kind they would make one each time. */
export function bufferOf(bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes
  const before = known.get(bytes)
  if (before !== undefined) return before
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  known.set(bytes, buffer)
  return buffer
}
