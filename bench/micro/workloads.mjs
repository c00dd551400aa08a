import { awaitHit } from './workloads/await-hit.mjs'
import { hitFresh } from './workloads/hit-fresh.mjs'
import { hitLong } from './workloads/hit-long.mjs'
import { hitSame } from './workloads/hit-same.mjs'
import { hitShort } from './workloads/hit-short.mjs'
import { hitTemplate } from './workloads/hit-template.mjs'
import { insertEvict } from './workloads/insert-evict.mjs'
import { mostlyReads } from './workloads/mostly-reads.mjs'
import { readThrough } from './workloads/read-through.mjs'
import { setOver } from './workloads/set-over.mjs'

/**
 * In the order of the report. One has
 *
 * - `kind`: what a subject must be able to do for it: `read`, `write` or `await`;
 * - `keys(world)`: `resident(index)` are the keys of the entries that are there at first, and
 *   `next()` what one operation is given;
 * - `run(cache, keys, value)`: what is timed. It answers how many of the keys it found;
 * - `isInformation`: no target hangs on it, so that it can be left out.
 */
export const workloads = [
  hitTemplate,
  hitFresh,
  hitSame,
  readThrough,
  insertEvict,
  setOver,
  mostlyReads,
  hitShort,
  hitLong,
  awaitHit,
]
