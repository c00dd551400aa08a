import { execFileSync, spawnSync } from 'node:child_process'
import type * as fs from 'node:fs'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Store, StoreRecord } from '../../src/contracts/store.ts'
import { fileStore } from '../../src/stores/file.ts'
import { stamped, stampFrom } from '../../src/testing/store-case.ts'

/** Bytes of a file that the disk of the fault still takes; below 0 not even a name. */
const fault = vi.hoisted(() => ({ room: Infinity }))

vi.mock('node:fs', async (load) => {
  const real = await load<typeof fs>()
  const writeFile = (
    path: string,
    data: Uint8Array,
    options: fs.WriteFileOptions,
    done: (error: Error | null) => void,
  ) => {
    if (data.length <= fault.room) return real.writeFile(path, data, options, done)
    const fail = () => {
      done(Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }))
    }
    // What fits is written, as a disk would do it.
    if (fault.room < 0) fail()
    else real.writeFile(path, data.subarray(0, fault.room), options, fail)
  }
  const unlinkSync = (path: string) => {
    real.unlinkSync(path)
    fault.room = Math.max(fault.room, 0)
  }
  return { ...real, writeFile, unlinkSync }
})

const mountPoint = mkdtempSync(join(tmpdir(), 'hotset-full-'))
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', mountPoint])
afterAll(() => {
  if (mounted.status === 0) execFileSync('umount', [mountPoint])
  rmSync(mountPoint, { recursive: true })
})

interface Disk {
  readonly name: string
  fill(directory: string): void
  free(directory: string): void
}

const faulty: Disk = {
  name: 'a disk that says it is full',
  fill: () => {
    fault.room = 1000
  },
  free: () => {
    fault.room = Infinity
  },
}
const packed: Disk = {
  ...faulty,
  name: 'a disk that does not even take a name',
  fill: () => {
    fault.room = -1
  },
}
const small: Disk = {
  name: 'a small disk',
  fill(directory) {
    try {
      writeFileSync(join(directory, 'filler'), new Uint8Array(1024 * 1024))
    } catch {
      // It took what it could.
    }
  },
  free: (directory) => rmSync(join(directory, 'filler'), { force: true }),
}
/** Only who may mount gets a real one. */
const disks = mounted.status === 0 ? [faulty, packed, small] : [faulty, packed]

function large(key: string, number: number, expiresAt = Infinity): StoreRecord {
  return { key, value: stamped(number, 'x'.repeat(20_000)), expiresAt }
}

describe.each(disks)('$name', (disk) => {
  let directory: string
  let store: Store

  beforeEach(() => {
    directory = mkdtempSync(join(disk === small ? mountPoint : tmpdir(), 'hotset-'))
    store = fileStore({ directory })
  })

  afterEach(async () => {
    disk.free(directory)
    await store.close()
    rmSync(directory, { recursive: true })
  })

  const drafts = () => readdirSync(join(directory, 'drafts'))

  test('refuses what there is no room for, and keeps nothing under it', async () => {
    await store.setMany([large('old', 1), large('kept', 1)])
    await store.close()
    disk.fill(directory)
    expect(await store.setMany([large('new', 2), large('old', 2)])).toContain('old')
    const [old, kept] = await store.getMany(['old', 'kept'])
    expect([old, kept?.length]).toEqual([undefined, 20_012])
    expect(drafts()).toEqual([])
  })

  test('adds and replaces nothing there is no room for', async () => {
    await store.setMany([large('old', 1), large('other', 1)])
    await store.close()
    disk.fill(directory)
    expect(await store.addMany?.([large('new', 2)])).toEqual([false])
    const replacement = { key: 'old', stamp: stampFrom(1), record: large('old', 2) }
    const wrong = { key: 'other', stamp: stampFrom(9), record: large('other', 2) }
    expect(await store.replaceMany?.([replacement, wrong])).toEqual([false, false])
    const found = await store.getMany(['new', 'old', 'other'])
    expect(found.map((value) => value?.length)).toEqual([undefined, undefined, 20_012])
    expect(drafts()).toEqual([])
  })

  test('removes all the same', async () => {
    await store.setMany([large('a', 1), large('b', 1), large('c', 1)])
    await store.close()
    disk.fill(directory)
    expect(await store.deleteMany(['a', 'missing'])).toEqual([true, false])
    const removal = { key: 'b', stamp: stampFrom(1), record: undefined }
    expect(await store.replaceMany?.([removal, removal])).toEqual([true, false])
    expect(await store.setMany([large('c', 2, 0)])).toEqual([])
    expect(await store.getMany(['a', 'b', 'c'])).toEqual([undefined, undefined, undefined])
  })

  test('goes on when there is room again', async () => {
    await store.setMany([large('a', 1)])
    await store.close()
    disk.fill(directory)
    // A refused value takes the old one with it, which may make room for the other.
    expect(await store.setMany([large('a', 2), large('b', 2)])).not.toEqual([])
    disk.free(directory)
    expect(await store.setMany([large('a', 3), large('b', 3)])).toEqual([])
    expect((await store.getMany(['a', 'b'])).map((value) => value?.length)).toEqual([
      20_012, 20_012,
    ])
  })
})
