import type { Codec } from './contracts/codec.ts'
import { type OnDemand, onDemand } from './kernel/on-demand.ts'

/** The codec of caches that are given none. */
export const usualCodec: OnDemand<Codec> = onDemand(async () => {
  const { autoCodec } = await import('./codecs/auto.ts')
  return autoCodec()
})
