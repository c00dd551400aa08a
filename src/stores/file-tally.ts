import { closeSync, constants, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { unlessMissing } from './system-error.ts'

const { O_APPEND, O_CREAT, O_NOFOLLOW = 0, O_RDWR } = constants

/**
 * How many blocks all processes together have taken, as the length of a file: one byte a block.
 * Appending is atomic, and so is truncating, so that it needs no lock and costs no listing. It does
 * not notice what other processes remove; whoever counts the blocks puts that right.
 */
export interface FileTally {
  /** Answers the new sum; undefined where nobody has counted yet. */
  add(blocks: number): number | undefined
  set(blocks: number): void
}

export function fileTally(path: string): FileTally {
  const open = (flags: number) => unlessMissing(() => openSync(path, flags | O_NOFOLLOW, 0o600))
  return {
    add(blocks) {
      const fd = open(O_RDWR | O_APPEND)
      if (fd === undefined) return undefined
      try {
        writeSync(fd, new Uint8Array(blocks))
        return fstatSync(fd).size
      } finally {
        closeSync(fd)
      }
    },
    set(blocks) {
      const fd = open(O_RDWR | O_CREAT)
      if (fd === undefined) return
      try {
        ftruncateSync(fd, blocks)
      } finally {
        closeSync(fd)
      }
    },
  }
}
