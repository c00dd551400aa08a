import { randomUUID } from 'node:crypto'
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { codeOf } from '../../kernel/error-code.ts'
import { ConfigError, StoreError } from '../../kernel/errors.ts'
import { gateBytes } from './gate.ts'
import { pageSize } from './layout.ts'

/** Our files, of whatever version: nothing else in the directory is ever touched. */
const ours = /^hotset-\d+-(\w+)\.mdb/
const nameOf = (boot: string) => `hotset-1-${boot}.mdb`
const cleanEnding = '.clean'

/** Magic numbers of file systems that machines share: there, neither memory nor locks are shared. */
const networks: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB2'],
  [0xff534d42, 'CIFS'],
  [0x01021997, '9P'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x0bd00bd0, 'Lustre'],
])

export function refuseNetwork(directory: string, type: number): void {
  const network = networks.get(type >>> 0)
  if (network) {
    throw new ConfigError(
      `Expected \`directory\` to be on a local disk, got ${directory} on ${network}`,
    )
  }
}

/** Names this boot of the system; `undefined` where the system does not tell. */
export function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').replace(/\W/g, '')
  } catch {
    return undefined
  }
}

/**
 * Answers the path of the file for this boot, which is made by `create` if there is none. What the
 * system had not written to the disk when it went down is lost, and the rest may not fit together;
 * so a file of another boot is carried over only if it was closed clean, and deleted otherwise.
 *
 * The name of the file says for which boot it is, and it appears complete or not at all: processes
 * that start together have nothing to agree on.
 */
export async function settle(
  directory: string,
  boot: string,
  create: (path: string) => Promise<void>,
): Promise<string> {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  refuseNetwork(directory, statfsSync(directory).type)
  const path = join(directory, nameOf(boot))
  if (!existsSync(path)) {
    await publish(`${path}-lock`, async (draft) => allocate(draft))
    await publish(`${path}-gate`, async (draft) => allocate(draft))
    if (!carryOver(directory, path)) {
      await publish(path, async (draft) => {
        allocate(`${draft}-lock`)
        allocate(draft)
        truncateSync(draft)
        await create(draft)
      })
    }
  }
  return path
}

/**
 * Makes a file of zeros. The lock file is mapped by LMDB, so that on a full disk a hole in it would
 * end the process; and so would a failure to write the first pages of a data file.
 */
function allocate(path: string): void {
  writeFileSync(path, new Uint8Array(gateBytes), { mode: 0o600 })
}

/**
 * Throws where LMDB could not open a file, for it ends the process when it tries: where the file is
 * somebody else's, or is no data file, or has lost its end.
 */
export function expectSound(path: string): void {
  accessSync(`${path}-lock`, constants.R_OK | constants.W_OK)
  const file = openSync(path, 'r+')
  try {
    const { size } = fstatSync(file)
    const head = new DataView(new ArrayBuffer(2 * pageSize))
    readSync(file, head, 0, head.byteLength, 0)
    // Page numbers apart, the first two pages begin alike: struct MDB_meta, data version 2.
    for (const at of [0, pageSize]) {
      const sound =
        head.getUint32(at + 24, true) === 0xbeefc0de &&
        head.getUint16(at + 28, true) === 2 &&
        head.getUint32(at + 48, true) === pageSize &&
        head.getBigUint64(at + 144, true) < size / pageSize
      if (!sound) throw new StoreError(`${path} is no data file of this store, or is damaged`)
    }
  } finally {
    closeSync(file)
  }
}

/** Makes a file under another name first; whoever is first to publish it wins. */
async function publish(path: string, create: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${path}.${randomUUID()}`
  try {
    await create(draft)
    unlessDone(() => linkSync(draft, path), 'EEXIST')
  } finally {
    rmSync(draft, { force: true })
    rmSync(`${draft}-lock`, { force: true })
  }
}

function carryOver(directory: string, path: string): boolean {
  const clean = readdirSync(directory).find(
    (file) => file.startsWith('hotset-1-') && file.endsWith(cleanEnding),
  )
  if (!clean) return false
  unlessDone(
    () => linkSync(join(directory, clean.slice(0, -cleanEnding.length)), path),
    'EEXIST',
    'ENOENT',
  )
  return existsSync(path)
}

/** Runs what another process may have done a moment before. */
function unlessDone(act: () => void, ...signs: readonly string[]): void {
  try {
    act()
  } catch (error) {
    if (!signs.includes(codeOf(error) ?? '')) throw error
  }
}

/**
 * Deletes what other boots left, and the mark of a clean file, which is about to be written to. To be
 * called when others can see that this process has the file open, for they might just be marking it.
 */
export function tidy(path: string): void {
  const directory = dirname(path)
  const mine = basename(path)
  const stale = readdirSync(directory).filter(
    (file) => (ours.test(file) && !file.startsWith(mine)) || file === mine + cleanEnding,
  )
  for (const file of stale) rmSync(join(directory, file), { force: true })
  // This has to reach the disk before anything that is written to the file.
  if (stale.length > 0) sync(directory, 'r')
}

/** Marks a file as one that another boot may use, if nobody has it open, before and after. */
export function markClean(path: string, isAlone: () => boolean): void {
  if (!isAlone()) return
  sync(path, 'r+')
  writeFileSync(path + cleanEnding, '', { mode: 0o600 })
  if (!isAlone()) rmSync(path + cleanEnding, { force: true })
}

function sync(path: string, flags: string): void {
  const file = openSync(path, flags)
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

const zeros = new Uint8Array(256 * 1024)

/** Makes a file so many bytes long. Whoever does the same at the same time makes it little longer. */
export async function extend(path: string, bytes: number): Promise<void> {
  // Appends never overwrite; and a file that was deleted must not come back as one of zeros.
  const file = await open(path, constants.O_WRONLY | constants.O_APPEND)
  try {
    for (;;) {
      const missing = bytes - (await file.stat()).size
      if (missing <= 0) return
      await file.write(zeros, 0, Math.min(missing, zeros.length))
    }
  } finally {
    await file.close()
  }
}
