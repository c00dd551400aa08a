import type { Dirent } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoreRecord, StoreUsage } from '../contracts/store.ts'
import { Permits } from '../kernel/permits.ts'
import type { AtomicFiles } from './atomic-files.ts'
import { type FileSurvey, peekLength, recordIn, surveyFile } from './file-record.ts'
import { fileTally } from './file-tally.ts'
import { ignoreMissing, isFull } from './system-error.ts'

/** What a disk takes for a file, however small, and the unit in which the store counts. */
const blockLength = 4096
/** Files that are looked at at once: upkeep leaves the threads of the pool to those who wait. */
const width = 4

export interface FileUpkeepOptions {
  readonly directory: string
  readonly maxBytes: number
  readonly files: AtomicFiles
  /** Whether what was found in the file must not be answered any more. */
  readonly isDead: (path: string, record: StoreRecord | undefined) => boolean
}

export interface FileUpkeep {
  /** To be told of each change how many blocks it took, or gave back. */
  took(blocks: number): void
  /** Adds up what was told. Resolves at once, unless the bound is passed faster than room is made. */
  account(): Promise<void>
  /** Removes the dead and, over the bound, what was written longest ago. Answers how many. */
  prune(): Promise<number>
  usage(): Promise<StoreUsage>
  /** The live records; of long values only the beginning. */
  records(): AsyncGenerator<StoreRecord>
  /** Resolves when nothing goes on in the background. */
  settled(): Promise<void>
}

/** Keeps the records in a directory within bounds, together with all processes that do the same. */
export function fileUpkeep(options: FileUpkeepOptions): FileUpkeep {
  const { directory, maxBytes, files, isDead } = options
  const bound = Math.floor(maxBytes / blockLength)
  /** An eighth is given up at once, so that one listing makes room for many writes. */
  const aim = Math.floor(bound * 0.875)
  const tally = fileTally(join(directory, 'tally'))
  const permits = new Permits(width)
  let pruning: Promise<unknown> | undefined
  let owed = 0

  async function* each<T>(look: (path: string) => Promise<T>): AsyncGenerator<[string, T]> {
    for (const shard of await list(directory, isShard)) {
      const paths = await list(shard, isRecord)
      const seen = await Promise.all(paths.map((path) => permits.run(() => look(path))))
      for (const [i, path] of paths.entries()) yield [path, seen[i] as T]
    }
  }

  async function* records(): AsyncGenerator<StoreRecord> {
    for await (const [path, survey] of each(peekFile)) {
      if (survey?.record && !isDead(path, survey.record)) yield survey.record
    }
  }

  /** As long as nobody has counted, and on a disk with no room to count, it is all there may be. */
  const add = (blocks: number): number => {
    try {
      return tally.add(blocks) ?? bound + 1
    } catch (error) {
      if (isFull(error)) return bound + 1
      throw error
    }
  }

  const buryOrPeek = async (path: string): Promise<FileSurvey | 'buried' | undefined> => {
    const survey = await peekFile(path)
    if (!survey || !isDead(path, survey.record)) return survey
    const buried = await files.remove(path, (file) => isDead(path, recordIn(file, peekLength)))
    return buried ? 'buried' : survey
  }

  const prune = async (): Promise<number> => {
    // Lowered at once, so that the others do not begin to count as well.
    const base = Math.min(add(0), aim)
    tally.set(base)
    owed = 0
    files.prune()
    const live: { path: string; blocks: number; keep: boolean; writtenAt: number }[] = []
    let held = 0
    let removed = 0
    for await (const [path, survey] of each(buryOrPeek)) {
      if (survey === 'buried') removed++
      else if (survey) {
        const blocks = blocksOf(survey.size)
        held += blocks
        live.push({ path, blocks, keep: survey.record?.keep ?? false, writtenAt: survey.writtenAt })
      }
    }
    if (held > bound) {
      live.sort((a, b) => Number(a.keep) - Number(b.keep) || a.writtenAt - b.writtenAt)
      const victims = live.filter(({ blocks }) => {
        const goes = held > aim
        if (goes) held -= blocks
        return goes
      })
      await Promise.all(
        victims.map(({ path }) => permits.run(() => files.remove(path, () => true))),
      )
      removed += victims.length
    }
    tally.set(held + Math.max(0, add(0) - base))
    return removed
  }

  return {
    records,
    prune,
    took(blocks) {
      owed += blocks
    },
    async account() {
      if (owed <= 0) return
      const taken = add(owed)
      owed = 0
      if (taken <= bound) return
      const running = pruning
      // If it fails nobody is told: whoever takes something next, tries again.
      pruning ??= prune()
        .catch(() => {})
        .finally(() => {
          pruning = undefined
        })
      await running
    },
    async usage() {
      let entries = 0
      let blocks = 0
      for await (const [, stats] of each((path) => lstat(path).catch(ignoreMissing))) {
        if (!stats) continue
        entries++
        blocks += blocksOf(stats.size)
      }
      return { entries, bytes: blocks * blockLength, maxBytes }
    },
    async settled() {
      await pruning
    },
  }
}

function peekFile(path: string): Promise<FileSurvey | undefined> {
  return surveyFile(path, peekLength)
}

export function blocksOf(size: number): number {
  return Math.ceil(size / blockLength)
}

/** Paths of the entries that are wanted; none where the folder is missing. */
async function list(folder: string, wants: (entry: Dirent) => boolean): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(ignoreMissing)
  return (entries ?? []).filter(wants).map(({ name }) => join(folder, name))
}

function isShard(entry: Dirent): boolean {
  return entry.isDirectory() && /^[0-9a-f]{2}$/.test(entry.name)
}

function isRecord(entry: Dirent): boolean {
  return entry.isFile() && /^[0-9a-f]{62}\.rec$/.test(entry.name)
}
