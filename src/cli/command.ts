import type { Readable, Writable } from 'node:stream'

/** Where a command reads and writes: the process, or what a test puts in its place. */
export interface Terminal {
  readonly stdin: Keyboard
  readonly stdout: Stream
  readonly stderr: Stream
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where paths that were typed begin. */
  readonly directory: string
  /** Aborted when somebody wants the tool to end. Who has asked for it ends by himself. */
  interrupted(): AbortSignal
}

export interface Keyboard extends Readable {
  readonly isTTY?: boolean | undefined
  /** Whether keys are heard one by one, Ctrl-C among them. A terminal alone can do that. */
  setRawMode?(raw: boolean): unknown
}

export interface Stream extends Writable {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly rows?: number | undefined
}

/** An option of a command. */
export interface Flag {
  readonly help: string
  /** What its value is called; without it, it is there or not. */
  readonly value?: string
  /** What the value can be, for completion: the command itself checks it. */
  readonly choices?: readonly string[]
  /** The value is the path of a file or of a directory. @default false */
  readonly isFile?: boolean
}

/** What stands beside the options. */
export interface Operand {
  readonly name: string
  /** What is missing where it is not there: `Expected a key`. It may be missing where this is. */
  readonly expected?: string
  /** There may be several. @default false */
  readonly many?: boolean
  /** It is the path of a file. @default false */
  readonly isFile?: boolean
}

export type Flags = Readonly<Record<string, Flag>>

/** What was typed, by the names of the options. */
export type Values<Known extends Flags> = {
  readonly [Name in keyof Known]?:
    | (Known[Name] extends { readonly value: string } ? string : Plain<Known[Name]>)
    | undefined
}

/** Of an option of which only this is known, that it is one, the value may be either. */
type Plain<Known extends Flag> = 'value' extends keyof Known ? string | boolean : boolean

export interface Definition<Known extends Flags> {
  /** What `hotset <name> --help` says besides the options, in lines of 100 characters at most. */
  readonly details?: string
  readonly operands?: readonly Operand[]
  readonly flags: Known
  /**
   * Answers the exit code, where it is not 0.
   * @throws UsageError when what was typed makes no sense: exit code 2. Other errors: 1.
   */
  run(
    operands: readonly string[],
    values: Values<Known>,
    terminal: Terminal,
  ): Promise<number> | Promise<void>
}

/** One word of the tool, in a file of its own; `commands.ts` lists them. */
export type Command = Definition<Flags>

/** A command by its name; its file is loaded when it is asked for. */
export interface Registered {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  load(): Promise<Command>
}

/** Ties what a command does to the options that it knows. */
export function command<const Known extends Flags>(definition: Definition<Known>): Command {
  return definition
}

/** What the tool answers to the shell. */
export const exitCodes = {
  /** Done. */
  done: 0,
  /**
   * It failed: a store that does not answer, bad input, a file that cannot be read or written; one
   * line on stderr says where and what.
   */
  failed: 1,
  /** It was called wrongly: an unknown command or option, a value that breaks a rule. */
  misused: 2,
  /** There was nothing: no entry under the key of `get`, nothing that `delete` could delete. */
  absent: 3,
  /** It was not confirmed, or there was nobody to ask. */
  unconfirmed: 4,
  /** `doctor` found warnings, and nothing that is broken. */
  warned: 5,
  /** It was interrupted, and has said how far it came. */
  interrupted: 130,
} as const

/** The tool was called in a way that it does not know. */
export class UsageError extends Error {
  static {
    UsageError.prototype.name = 'UsageError'
  }
}

/** Something that people can do something about: it is told in one line. */
export class Failure extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number = exitCodes.failed) {
    super(message)
    this.exitCode = exitCode
  }

  static {
    Failure.prototype.name = 'Failure'
  }
}
