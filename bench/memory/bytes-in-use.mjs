/** After full collections: V8's heap, and what is outside of it, where the bytes of buffers are. */
export function bytesInUse() {
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
