import { existsSync, fstatSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Cancel, Clock } from '../contracts/clock.ts'
import type { Store, StoreRecord } from '../contracts/store.ts'
import { expectNumber, expectOptions, invalid } from '../kernel/expect.ts'
import { Permits } from '../kernel/permits.ts'
import { Serial } from '../kernel/serial.ts'
import { bytes } from '../kernel/size.ts'
import { hasStamp } from '../kernel/stamp.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { atomicFiles, type OpenFile } from './atomic-files.ts'
import { encodeRecord, peekLength, recordIn, surveyFile } from './file-record.ts'
import { blocksOf, fileUpkeep } from './file-upkeep.ts'
import { keyHash } from './key-bytes.ts'
import { storeFailure } from './store-failure.ts'
import { isFull } from './system-error.ts'

/** Pause between two removals of what has expired: each looks at every file. */
const pruneEveryMs = 300_000
/** Files that are open at once. */
const width = 16
const known: ReadonlySet<string> = new Set(['directory', 'maxBytes', 'clock'])

/** Where the files are, and how large they may grow. */
export interface FileStoreOptions {
  /** Where the records are kept, on a local disk: a path, or a `file:` URL. It is made if missing. */
  readonly directory: string | URL
  /**
   * Most bytes on disk, as a number or a size, counted in blocks of 4 KiB. Each process may pass it
   * by an eighth while room is being made. @default '256mb'
   */
  readonly maxBytes?: number | string | undefined
  /** Tells the time. @default the system's */
  readonly clock?: Clock | undefined
}

/**
 * A store in a directory, for all processes of a machine, with no native code: one file a record,
 * under the hash of its key. Its operations reject with a `StoreError` where the file system fails.
 * Nothing is flushed: a crash of the machine may lose records, but never makes wrong ones.
 *
 * The thread pool reads and writes the bytes, some files side by side: a disk may be slow, and the
 * event loop must not wait for it. (Synchronous writes are a seventh faster, and stop all the rest.)
 */
export function fileStore(options: FileStoreOptions): Store {
  expectOptions('fileStore', options, known)
  const { clock = systemClock } = options
  const directory = expectDirectory(options.directory)
  const maxBytes = expectNumber(
    'maxBytes',
    bytes('maxBytes', options.maxBytes ?? '256mb'),
    4096,
    Number.MAX_SAFE_INTEGER,
  )
  const permits = new Permits(width)
  const serial = new Serial()
  const files = atomicFiles(join(directory, 'drafts'), clock)

  const pathOf = (key: string): string => {
    const name = keyHash(key)
    return join(directory, name.slice(0, 2), `${name.slice(2)}.rec`)
  }
  const isLive = (record: StoreRecord | undefined, key: string): record is StoreRecord =>
    record !== undefined && record.key === key && record.expiresAt > clock.now()

  const upkeep = fileUpkeep({
    directory,
    maxBytes,
    files,
    // A file may also have been copied to where nobody looks for its key.
    isDead: (path, record) => !record || !isLive(record, record.key) || pathOf(record.key) !== path,
  })

  /** `agree` is asked while nobody else can change the file. */
  const remove = async (path: string, agree: (file: OpenFile) => boolean): Promise<boolean> => {
    let freed = 0
    const agreed = await files.remove(path, (file) => {
      freed = blocksIn(file)
      return agree(file)
    })
    if (agreed) upkeep.took(-freed)
    return agreed
  }

  /** A refused record, and one that is dead already, removes the one that it would have replaced. */
  const put = async (
    record: StoreRecord,
    agree: (file: OpenFile) => boolean,
  ): Promise<'done' | 'declined' | 'refused'> => {
    const path = pathOf(record.key)
    if (record.expiresAt <= clock.now()) return (await remove(path, agree)) ? 'done' : 'declined'
    const content = encodeRecord(record)
    if (content.length <= maxBytes) {
      let freed = 0
      try {
        const verdict = await files.swap(path, content, (file) => {
          freed = blocksIn(file)
          return agree(file) ? 'put' : 'keep'
        })
        if (verdict === 'keep') return 'declined'
        upkeep.took(blocksOf(content.length) - freed)
        return 'done'
      } catch (error) {
        if (!isFull(error)) throw error
      }
    }
    return (await remove(path, agree)) ? 'refused' : 'declined'
  }

  const failure = (error: unknown) => storeFailure(`The file store in ${directory}`, error)
  let closed = false
  let cancel: Cancel | undefined
  /** Begins with the first operation; what fails now is tried again then. */
  const pruneLater = () => {
    if (closed) return
    cancel = clock.schedule(
      pruneEveryMs,
      () => void upkeep.prune().then(pruneLater, pruneLater),
      'background',
    )
  }
  const surface = async <T>(operation: () => Promise<T>): Promise<T> => {
    if (cancel === undefined) pruneLater()
    try {
      return await operation()
    } catch (error) {
      throw failure(error)
    }
  }
  /** Changes of one key are made in the order in which they were asked for. */
  const change = <Item, Answer>(
    items: readonly Item[],
    keyOf: (item: Item) => string,
    act: (item: Item) => Promise<Answer>,
  ): Promise<Answer[]> =>
    surface(async () => {
      const answers = await Promise.all(
        items.map((item) => serial.run(keyOf(item), () => permits.run(() => act(item)))),
      )
      await upkeep.account()
      return answers
    })

  return {
    name: 'file',
    local: true,
    getMany: (keys) =>
      surface(() =>
        Promise.all(
          keys.map(async (key) => {
            const found = await permits.run(() => surveyFile(pathOf(key)))
            return isLive(found?.record, key) ? found.record.value : undefined
          }),
        ),
      ),
    async setMany(records) {
      const last = [...new Map(records.map((record) => [record.key, record])).values()]
      const outcomes = await change(last, keyOf, (record) => put(record, () => true))
      return last.filter((_, i) => outcomes[i] === 'refused').map(keyOf)
    },
    deleteMany: (keys) =>
      change(keys, String, async (key) => {
        const path = pathOf(key)
        let live = false
        if (!existsSync(path)) return live
        await remove(path, (file) => {
          live = isLive(peek(file), key)
          return true
        })
        return live
      }),
    addMany: (records) =>
      change(records, keyOf, async (record) => {
        const outcome = await put(record, (file) => !isLive(recordIn(file), record.key))
        return outcome === 'done'
      }),
    replaceMany: (replacements) =>
      change(replacements, keyOf, async ({ key, stamp, record }) => {
        const carriesStamp = (file: OpenFile) => {
          const present = peek(file)
          return isLive(present, key) && hasStamp(present.value, stamp)
        }
        if (!record) return remove(pathOf(key), carriesStamp)
        return (await put(record, carriesStamp)) === 'done'
      }),
    async *scan(prefix) {
      try {
        for await (const { key } of upkeep.records()) if (key.startsWith(prefix)) yield key
      } catch (error) {
        throw failure(error)
      }
    },
    prune: () => surface(upkeep.prune),
    usage: () => surface(upkeep.usage),
    close() {
      closed = true
      cancel?.()
      return upkeep.settled()
    },
  }
}

function keyOf({ key }: { readonly key: string }): string {
  return key
}

function peek(file: OpenFile): StoreRecord | undefined {
  return recordIn(file, peekLength)
}

function blocksIn(file: OpenFile): number {
  return file === undefined ? 0 : blocksOf(fstatSync(file).size)
}

function expectDirectory(directory: unknown): string {
  if (directory instanceof URL && directory.protocol === 'file:') return fileURLToPath(directory)
  if (typeof directory === 'string' && directory !== '' && !directory.includes('\0')) {
    return resolve(directory)
  }
  throw invalid('directory', 'a path or a file: URL', directory)
}
