import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** Bytes without their compression by gzip, if they have one. */
export async function* unzipped(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  const first = await iterator.next()
  if (first.done) return
  async function* all(): AsyncGenerator<Uint8Array> {
    yield first.value
    yield* { [Symbol.asyncIterator]: () => iterator }
  }
  if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) {
    yield* all()
    return
  }
  const gunzip = createGunzip()
  const source = Readable.from(all())
  source.on('error', (error) => gunzip.destroy(error))
  yield* source.pipe(gunzip)
}
