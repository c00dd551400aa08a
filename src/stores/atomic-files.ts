import { randomBytes } from 'node:crypto'
import {
  close,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  unlinkSync,
  writeFile,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Clock } from '../contracts/clock.ts'
import type { Bytes } from '../contracts/store.ts'
import { StoreError } from '../kernel/errors.ts'
import { ignoreMissing, isFull, unlessMissing } from './system-error.ts'

/** What becomes of a file: the new content takes its place, it is removed, or it stays as it is. */
export type Verdict = 'put' | 'remove' | 'keep'

/** Its descriptor, for reading; undefined where there is no file. */
export type OpenFile = number | undefined

export interface AtomicFiles {
  /**
   * Asks `judge` what becomes of `target`, and does it, while nobody else can change that file. It
   * is given the open file that is there. It may be asked again: the answer is what it said last.
   */
  swap(target: string, content: Bytes, judge: (file: OpenFile) => Verdict): Promise<Verdict>
  /** Removes `target`, on a full disk too, where `agree` says so; answers what it said. */
  remove(target: string, agree: (file: OpenFile) => boolean): Promise<boolean>
  /** Deletes what dead processes left. */
  prune(): void
}

/** Milliseconds of seeing the same claim after which it is taken for abandoned. */
const claimPatience = 1000
/** Milliseconds after which a draft or a claim cannot be of use to anybody. */
const leftoverAge = 60_000
const longestPause = 16
const maxAttempts = 20
const nothing: Bytes = new Uint8Array(0)
const draftName = /^(?:.+\.)?[0-9a-f]{16}-\d+(?:-\d+)?$/
/** Made with the first draft: workerd has nothing random while modules are loaded. */
let self: string | undefined
let drafts = 0

/** `writeFile` of `node:fs/promises` takes about one and a half times as long. */
const write = promisify(writeFile)

/**
 * Compare and set for files, among any number of processes, out of what every file system has:
 * names, and renaming. All happens in one directory of `drafts`.
 *
 * - The content is written to a draft first, under a name that is used once. That may take time,
 *   and is asynchronous.
 * - Then the draft is renamed to a *claim*, `<target>.<draft>-<attempt>`, and the directory is
 *   listed. Who sees another claim on the same target takes back its own, and tries again later.
 *   Of two claims at least one is seen by the other's owner, for each lists only after claiming. So
 *   who sees none is alone until its claim is gone.
 * - Renaming the claim to the target is the change and the release in one step.
 *
 * From claim to release all is synchronous: some microseconds, within one turn of the event loop.
 * So a claim that stays for a second is that of a process that died or was stopped, and whoever
 * sees it deletes it. Nothing needs to know who is alive: if the owner wakes up, its content is gone
 * with its claim, its last rename fails, and it starts again. Only a removal cannot be undone like
 * that. At worst it removes a record that was put meanwhile, which a cache may lose at any time.
 */
export function atomicFiles(directory: string, clock: Clock): AtomicFiles {
  const known = new Set<string>()

  /** Makes the folder and its parents, for its owner alone. */
  const prepare = (folder: string): void => {
    if (known.has(folder)) return
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // Not a link: whoever planted it would choose where records are written.
    if (!lstatSync(folder).isDirectory()) throw new StoreError(`${folder} is not a directory`)
    known.add(folder)
  }

  const writeDraft = async (content: Bytes): Promise<string> => {
    self ??= randomBytes(8).toString('hex')
    const path = join(directory, `${self}-${drafts++}`)
    await write(path, content, { flag: 'wx', mode: 0o600 }).catch((error) => {
      discard(path)
      ignoreMissing(error)
    })
    return path
  }

  /** Undefined when the draft has been deleted, or the folder of the target. */
  const claim = async (
    draft: string,
    target: string,
    judge: (file: OpenFile) => Verdict,
  ): Promise<Verdict | undefined> => {
    const prefix = `${basename(target)}.`
    let rivals = new Map<string, number>()
    for (let attempt = 0; ; attempt++) {
      const mine = join(directory, `${prefix}${basename(draft)}-${attempt}`)
      if (!moved(draft, mine)) return undefined
      const names = unlessMissing(() => readdirSync(directory)) ?? []
      const others = names.filter((other) => other.startsWith(prefix) && other !== basename(mine))
      if (others.length === 0) return conclude(mine, target, judge)
      if (!moved(mine, draft)) return undefined

      const now = clock.now()
      rivals = new Map(others.map((other) => [other, rivals.get(other) ?? now]))
      for (const [other, since] of rivals) {
        if (now - since >= claimPatience) discard(join(directory, other))
      }
      await new Promise<void>((resolve) => {
        clock.schedule(Math.min(2 ** attempt, longestPause), resolve, 'foreground')
      })
    }
  }

  const swap: AtomicFiles['swap'] = async (target, content, judge) => {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      prepare(directory)
      prepare(dirname(target))
      const draft = await writeDraft(content)
      try {
        const verdict = await claim(draft, target, judge)
        if (verdict) return verdict
      } catch (error) {
        discard(draft)
        throw error
      }
      known.clear()
    }
    throw new StoreError(`${target} could not be written: its drafts were deleted again and again`)
  }

  return {
    swap,
    async remove(target, agree) {
      try {
        return (
          (await swap(target, nothing, (file) => (agree(file) ? 'remove' : 'keep'))) === 'remove'
        )
      } catch (error) {
        if (!isFull(error)) throw error
        // There is no room for a draft. A removal makes some; the one that counts is under a claim.
        const agreed = withFile(target, agree)
        if (agreed && discard(target)) await swap(target, nothing, () => 'remove')
        return agreed
      }
    },
    prune() {
      for (const name of unlessMissing(() => readdirSync(directory)) ?? []) {
        const path = join(directory, name)
        const stats = draftName.test(name) && unlessMissing(() => lstatSync(path))
        if (stats && clock.now() - stats.mtimeMs > leftoverAge) discard(path)
      }
    },
  }
}

/** Does what `judge` says, and gives up the claim; undefined when it has been taken away. */
function conclude(
  claim: string,
  target: string,
  judge: (file: OpenFile) => Verdict,
): Verdict | undefined {
  let put = false
  try {
    return withFile(target, (file) => {
      const verdict = judge(file)
      if (verdict === 'put') put = moved(claim, target)
      if (verdict === 'remove') discard(target)
      return verdict === 'put' && !put ? undefined : verdict
    })
  } finally {
    if (!put) discard(claim)
  }
}

/**
 * Opens the file for as long as `act` works with it. It is closed by the thread pool: if it has lost
 * its name by then, closing it frees its blocks, and may wait for the disk to write them first.
 */
function withFile<T>(path: string, act: (file: OpenFile) => T): T {
  const file = unlessMissing(() => openSync(path, 'r'))
  try {
    return act(file)
  } finally {
    if (file !== undefined) close(file, () => {})
  }
}

/** False where the file, or the folder that it goes to, is missing. */
function moved(from: string, to: string): boolean {
  return unlessMissing(() => renameSync(from, to) ?? true) ?? false
}

/** Answers whether there was such a file. */
function discard(path: string): boolean {
  return unlessMissing(() => unlinkSync(path) ?? true) ?? false
}
