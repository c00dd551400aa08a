import { constants } from 'node:fs'
import type { LogFiles } from '../../src/buses/shared-log.ts'

interface Inode {
  bytes: Buffer
  size: number
  nlink: 0 | 1
}

/** One directory in memory whose every call can be interrupted, and whose writes can be cut short. */
export class FakeFiles implements LogFiles {
  /** Runs before every call, and in the middle of every write: where other processes get the CPU. */
  interrupt: () => void = () => {}
  /** How much of the next write arrives, and whether it then throws instead of saying so. */
  cut: { readonly bytes: number; readonly throws: boolean } | undefined
  /** Bytes that the disk still takes. */
  room: number = Infinity
  /** A file that cannot be deleted. */
  held: string | undefined
  readonly deleted: string[] = []
  readonly #names = new Map<string, Inode>()
  readonly #open = new Map<number, Inode>()
  #fds = 0
  /** A write that has come half way; writes are made one after the other, so the next one waits. */
  #finishWrite: (() => void) | undefined

  get names(): string[] {
    return [...this.#names.keys()]
  }

  get openFiles(): number {
    return this.#open.size
  }

  openSync(path: string, flags: number): number {
    this.interrupt()
    let inode = this.#names.get(path)
    if (!inode) {
      if ((flags & constants.O_CREAT) === 0) throw missing(path)
      inode = { bytes: Buffer.alloc(256), size: 0, nlink: 1 }
      this.#names.set(path, inode)
    }
    this.#open.set(++this.#fds, inode)
    return this.#fds
  }

  readSync(fd: number, to: Buffer, offset: number, length: number, position: number): number {
    this.interrupt()
    const { bytes, size } = this.#inode(fd)
    return bytes.copy(to, offset, position, Math.max(position, Math.min(size, position + length)))
  }

  writeSync(fd: number, bytes: Uint8Array): number {
    this.interrupt()
    this.#finishWrite?.()
    const inode = this.#inode(fd)
    const { cut } = this
    this.cut = undefined
    if (this.room === 0) throw new Error('ENOSPC')
    const length = Math.min(bytes.length, cut?.bytes ?? bytes.length, this.room)
    this.room -= length
    const half = length >> 1
    grow(inode, bytes.subarray(0, half))
    this.#finishWrite = () => {
      this.#finishWrite = undefined
      grow(inode, bytes.subarray(half, length))
    }
    this.interrupt()
    this.#finishWrite?.()
    if (cut?.throws) throw new Error('killed')
    return length
  }

  fstatSync(fd: number): { nlink: number; size: number } {
    this.interrupt()
    const { nlink, size } = this.#inode(fd)
    return { nlink, size }
  }

  closeSync(fd: number): void {
    this.#inode(fd)
    this.#open.delete(fd)
  }

  readdirSync(directory: string): string[] {
    this.interrupt()
    return this.names.map((path) => path.slice(directory.length + 1))
  }

  unlinkSync(path: string): void {
    this.interrupt()
    const inode = this.#names.get(path)
    if (!inode) throw missing(path)
    if (path === this.held) throw new Error('EBUSY')
    inode.nlink = 0
    this.#names.delete(path)
    this.deleted.push(path)
  }

  mkdirSync(): void {}

  #inode(fd: number): Inode {
    const inode = this.#open.get(fd)
    if (!inode) throw new Error(`EBADF: ${fd}`)
    return inode
  }
}

function grow(inode: Inode, bytes: Uint8Array): void {
  const size = inode.size + bytes.length
  if (size > inode.bytes.length) {
    inode.bytes = Buffer.concat([inode.bytes], Math.max(size, 2 * inode.bytes.length))
  }
  inode.bytes.set(bytes, inode.size)
  inode.size = size
}

function missing(path: string): Error {
  return Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' })
}
