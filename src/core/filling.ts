import type { Entry } from './entry.ts'
import type { TagVersion } from './envelope.ts'
import type { Keyspace } from './keyspace.ts'
import type { Lease } from './lease.ts'
import type { OpenStore, Place, Reading, Records } from './records.ts'
import type { StorePatience } from './store-patience.ts'

/** The mark that changes with every invalidation, whatever the tag. */
export const anyTag = '\0#'

/** What a load may fill in, and where. Everything in it was read before the load began. */
export interface Grant {
  readonly open: OpenStore
  readonly place: Place
  /** Of the generations and of the tags that were known. */
  readonly versions: readonly TagVersion[]
  readonly anyVersion: TagVersion | undefined
  /** Undefined where the store cannot compare and set, or somebody else's lease was not waited for. */
  readonly lease: Lease | undefined
  /** What the store had under the key. */
  readonly reading: Reading
  readonly patience: StorePatience
}

/** Puts what was loaded into the store, unless that has changed since; answers whether it did. */
export async function fill(
  records: Records,
  space: Keyspace,
  entry: Entry,
  grant: Grant,
): Promise<boolean> {
  const { lease, open, place, reading } = grant
  const versions = await versionsOf(space, entry, grant)
  if (versions === undefined) return false
  const record = records.seal(open, place, entry, versions)
  if (lease !== undefined) return lease.fill(record)
  if (open.store.atomic) return records.follow(open, reading, record)
  return (await open.store.write([record])).length === 0
}

/**
 * The versions that the entry embeds. Tags that the loader chose are read only now; so they count
 * only if nothing at all has been invalidated since the load began.
 */
async function versionsOf(
  space: Keyspace,
  entry: Entry,
  { anyVersion, open, versions }: Grant,
): Promise<TagVersion[] | undefined> {
  const names = [...new Set([...space.generations, ...entry.tags])]
  const known = new Map(versions.map((version) => [version.tag, version]))
  const now = await open.marks.ensure(names, entry.expiresAt)
  const late = names.filter((name) => !known.has(name))
  if (late.length > 0 && anyVersion !== undefined) {
    const [after] = await open.marks.read([anyTag])
    const before = anyVersion.version
    if (after === undefined || before.some((byte, i) => byte !== after[i])) return undefined
  }
  return now.map((version) => known.get(version.tag) ?? version)
}
