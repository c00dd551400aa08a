import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import type { Bytes } from '../../contracts/store.ts'

/** What the log needs of `node:fs`. */
export interface LogFiles {
  makeDirectory(path: string): Promise<void>
  list(directory: string): Promise<string[]>
  read(path: string): Promise<Bytes>
  /** A new file, empty. */
  create(path: string): Promise<LogFile>
  /** What is in the file, or which files are in the directory, is on the disk from now on. */
  sync(path: string): Promise<void>
  remove(path: string): Promise<void>
}

export interface LogFile {
  /** Answers how many of the bytes were written. */
  write(bytes: Bytes, position: number): Promise<number>
  sync(): Promise<void>
  truncate(length: number): Promise<void>
  close(): Promise<void>
}

export const systemFiles: LogFiles = {
  async makeDirectory(path) {
    await mkdir(path, { recursive: true, mode: 0o700 })
  },
  list: (directory) => readdir(directory),
  read: (path) => readFile(path),
  async create(path) {
    const handle = await open(path, 'wx', 0o600)
    return {
      async write(bytes, position) {
        return (await handle.write(bytes, 0, bytes.length, position)).bytesWritten
      },
      sync: () => handle.datasync(),
      truncate: (length) => handle.truncate(length),
      close: () => handle.close(),
    }
  },
  async sync(path) {
    const handle = await open(path, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  },
  remove: (path) => rm(path, { force: true }),
}
