import type { LogFile, LogFiles } from '../../src/logs/file/log-files.ts'

interface Inode {
  /** What a read answers. */
  bytes: Buffer
  /** What a crash of the machine leaves for certain. */
  safe: Buffer
  /** From where on the two may differ; bytes of a failed sync are never tried again by themselves. */
  dirtyFrom: number
}

/** What the next call that writes comes to. */
export type Fault = 'short' | 'full' | 'sync' | 'truncate' | 'create' | 'remove'

/**
 * A directory on a disk that loses, in a crash, what was not synced, and after a sync that failed
 * even what a later sync seems to save (the pages are taken for clean).
 */
export class FakeDisk implements LogFiles {
  readonly #names = new Map<string, Inode>()
  readonly faults: Fault[] = []
  /** Called before each step; throws to end the process there. */
  step: () => void = () => {}

  get bytes(): number {
    return [...this.#names.values()].reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  /** The process is gone; and where the machine went with it, what was not synced, in part. */
  crash(machine: boolean, keep: (length: number) => number): void {
    this.faults.length = 0
    this.step = () => {}
    if (!machine) return
    for (const inode of this.#names.values()) {
      const lost = inode.bytes.length - inode.safe.length
      const kept = lost > 0 ? inode.bytes.subarray(inode.safe.length) : Buffer.alloc(0)
      inode.bytes = Buffer.concat([inode.safe, kept.subarray(0, keep(kept.length))])
      inode.safe = Buffer.from(inode.bytes)
      inode.dirtyFrom = inode.bytes.length
    }
  }

  async makeDirectory(): Promise<void> {}

  async list(): Promise<string[]> {
    return [...this.#names.keys()].map((path) => path.slice(path.lastIndexOf('/') + 1))
  }

  async read(path: string): Promise<Buffer> {
    this.step()
    return Buffer.from(this.#find(path).bytes)
  }

  async sync(path: string): Promise<void> {
    const inode = this.#names.get(path)
    if (inode !== undefined) this.#sync(inode)
  }

  async remove(path: string): Promise<void> {
    this.step()
    if (this.#takeFault('remove')) throw new Error('EBUSY')
    this.#names.delete(path)
  }

  async create(path: string): Promise<LogFile> {
    this.step()
    if (this.#takeFault('create')) throw new Error('ENOSPC')
    const inode = { bytes: Buffer.alloc(0), safe: Buffer.alloc(0), dirtyFrom: 0 }
    this.#names.set(path, inode)
    return {
      write: async (bytes, position) => {
        this.step()
        const full = this.#takeFault('full')
        const short = full || this.#takeFault('short')
        const length = short ? bytes.length >> 1 : bytes.length
        const gap = Math.max(0, position - inode.bytes.length)
        inode.bytes = Buffer.concat([
          ...[inode.bytes.subarray(0, position), Buffer.alloc(gap), bytes.subarray(0, length)],
          inode.bytes.subarray(position + length),
        ])
        this.step()
        if (full) throw new Error('ENOSPC')
        return length
      },
      sync: async () => this.#sync(inode),
      truncate: async (length) => {
        this.step()
        if (this.#takeFault('truncate')) throw new Error('EIO')
        inode.bytes = inode.bytes.subarray(0, length)
        inode.safe = inode.safe.subarray(0, Math.min(inode.safe.length, length))
        inode.dirtyFrom = Math.min(inode.dirtyFrom, length)
      },
      close: async () => {},
    }
  }

  #sync(inode: Inode): void {
    this.step()
    const fails = this.#takeFault('sync')
    const { dirtyFrom, bytes } = inode
    inode.dirtyFrom = bytes.length
    if (fails) throw new Error('EIO')
    // Where an earlier sync failed, a hole remains: nothing behind it is any use.
    if (inode.safe.length === dirtyFrom) inode.safe = Buffer.from(bytes)
  }

  #find(path: string): Inode {
    const inode = this.#names.get(path)
    if (inode === undefined) throw new Error(`ENOENT: ${path}`)
    return inode
  }

  #takeFault(fault: Fault): boolean {
    const found = this.faults[0] === fault
    if (found) this.faults.shift()
    return found
  }
}
