import type { Clock } from '../../contracts/clock.ts'
import { ConfigError } from '../../kernel/errors.ts'
import { type Driver, loadDriver } from './driver.ts'
import { bootId, expectSound, extend, markClean, settle, tidy } from './files.ts'
import { Gate } from './gate.ts'
import { Housekeeper } from './housekeeper.ts'
import { pageSize } from './layout.ts'
import { Records, tablesOf } from './records.ts'
import { firstPages, Space } from './space.ts'
import { Writer } from './writer.ts'

/** The file of a directory, as this thread has it open. */
export interface Environment {
  readonly records: Records
  readonly writer: Writer
  /** Frees what processes that died have left in the table of readers. */
  forgetDeadReaders(): void
  close(): Promise<void>
}

export interface Lease {
  readonly environment: Environment
  /** The file is closed when all have released it. */
  release(): Promise<void>
  /** Releases it, and lets whoever comes next open anew. */
  abandon(): Promise<void>
}

interface Shared {
  readonly maxBytes: number
  readonly environment: Promise<Environment>
  users: number
}

const shared = new Map<string, Shared>()

/** Opens the file of a directory, which the stores of one thread share. */
export async function lease(directory: string, maxBytes: number, clock: Clock): Promise<Lease> {
  const known = shared.get(directory)
  if (known && known.maxBytes !== maxBytes) {
    throw new ConfigError(
      `Expected \`maxBytes\` of ${directory} to be ${known.maxBytes}, as it was opened with, got ${maxBytes}`,
    )
  }
  const mine = known ?? { maxBytes, environment: open(directory, maxBytes, clock), users: 0 }
  shared.set(directory, mine)
  mine.users++
  const forget = () => {
    if (shared.get(directory) === mine) shared.delete(directory)
  }
  try {
    const environment = await mine.environment
    const release = async () => {
      if (--mine.users > 0) return
      forget()
      await environment.close()
    }
    const abandon = () => {
      forget()
      return release()
    }
    return { environment, release, abandon }
  } catch (error) {
    forget()
    throw error
  }
}

async function open(directory: string, maxBytes: number, clock: Clock): Promise<Environment> {
  const driver = await loadDriver()
  const boot = bootId()
  const options = {
    noSubdir: true,
    encoding: 'binary',
    keyEncoding: 'binary',
    pageSize,
    permissionsMode: 0o600,
    // Address space alone; enough that the map never has to move.
    mapSize: 2 * maxBytes,
    // Where a crash of the system cannot be told from a restart, every commit waits for the disk.
    noSync: boot !== undefined,
    overlappingSync: false,
    // A transaction starts when it is complete: nobody waits for one that is still being put together.
    batchStartThreshold: Number.MAX_SAFE_INTEGER,
  }
  const path = await settle(directory, boot ?? 'any', (draft) =>
    create(driver, draft, options, maxBytes),
  )
  expectSound(path)
  const gate = new Gate(`${path}-gate`)
  const root = await gate
    .quietly(() => driver.open(path, options))
    .catch((error) => {
      gate.close()
      throw error
    })
  const records = new Records(driver, root, gate)
  // Whoever has read is seen by all others.
  records.stats()
  if (boot) tidy(path)
  const space = new Space(path, maxBytes, root, records, clock)
  const writer = new Writer(records, space, new Housekeeper(records, space, clock), clock)
  return {
    records,
    writer,
    forgetDeadReaders: () => void root.readerCheck(),
    async close() {
      await writer.close()
      root.readerCheck()
      try {
        if (boot) markClean(path, () => root.readerList().match(/^ *\d+ /gm)?.length === 1)
      } catch {
        // Without the mark another boot begins with an empty file.
      }
      // The last to close destroys locks that somebody might just be opening.
      await gate.enter()
      await root.close()
      gate.leave()
      gate.close()
    },
  }
}

/** Makes an empty file with its first pages, which are there before LMDB writes to them. */
async function create(
  driver: Driver,
  path: string,
  options: object,
  maxBytes: number,
): Promise<void> {
  const root = driver.open(path, options)
  try {
    await extend(path, firstPages(Math.floor(maxBytes / pageSize)) * pageSize)
    tablesOf(root)
  } finally {
    await root.close()
  }
}
