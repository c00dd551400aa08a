import { resolve } from 'node:path'
import type { WriteLog } from '../contracts/log.ts'
import { expectOptions, expectString, invalid } from '../kernel/expect.ts'
import { bytes } from '../kernel/size.ts'
import { FileLog } from './file/file-log.ts'
import { systemFiles } from './file/log-files.ts'
import { own } from './file/owner.ts'

/** Less would leave no room for segments of a useful size. */
const fewestBytes = 64 * 1024

/** Where the log is, and how large it may grow. */
export interface FileLogOptions {
  /** Where the log is kept; created where it is missing. One process at a time owns it. */
  readonly directory: string
  /** Most bytes on the disk, as a number or a size such as `'64mb'`. @default '256mb' */
  readonly maxBytes?: number | string | undefined
}

/**
 * A log in files of its own, on a disk of this machine: an append resolves when the disk has it, and
 * many share one `fsync`. Opening it rejects with a `LogError` while another process owns it; that
 * ends with the other process, `kill -9` included.
 */
export function fileLog(options: FileLogOptions): WriteLog {
  expectOptions('fileLog', options, new Set(['directory', 'maxBytes']))
  const maxBytes = bytes('maxBytes', options.maxBytes ?? '256mb')
  if (maxBytes < fewestBytes) throw invalid('maxBytes', `at least ${fewestBytes}`, maxBytes)
  const directory = resolve(expectString('directory', options.directory))
  return new FileLog({ directory, maxBytes, files: systemFiles, own })
}
