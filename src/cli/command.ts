import type { Readable, Writable } from 'node:stream'

/** Where a command reads and writes: the process, or what a test puts in its place. */
export interface Terminal {
  readonly stdin: Readable
  readonly stdout: Stream
  readonly stderr: Stream
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface Stream extends Writable {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

/** One word of the tool, in a file of its own; `commands.ts` lists them. */
export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** What `hotset <name> --help` prints. */
  readonly help: string
  /** @throws UsageError when the arguments make no sense: exit code 2. Other errors: 1. */
  run(args: readonly string[], terminal: Terminal): Promise<void>
}

/** The tool was called in a way that it does not know. */
export class UsageError extends Error {
  static {
    UsageError.prototype.name = 'UsageError'
  }
}
