import { onTestFinished, vi } from 'vitest'

const columns = [Uint8Array, Uint16Array, Int32Array, Float64Array]

/** Counts the bytes of the typed arrays that are made from now on, until the test is over. */
export function countAllocations(): { readonly bytes: number } {
  const allocated = { bytes: 0 }
  for (const column of columns) {
    const counted = new Proxy(column, {
      construct(target, args, newTarget) {
        const array = Reflect.construct(target, args, newTarget) as ArrayBufferView
        allocated.bytes += array.byteLength
        return array
      },
    })
    vi.stubGlobal(column.name, counted)
  }
  onTestFinished(() => {
    vi.unstubAllGlobals()
  })
  return allocated
}
