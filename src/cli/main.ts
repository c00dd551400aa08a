import { CacheError } from '../kernel/errors.ts'
import { TraceError } from '../simulator/trace-error.ts'
import { exitCodes, Failure, type Terminal, UsageError } from './command.ts'
import { printable } from './printable.ts'
import { nameIn, parse } from './program.ts'

/** Runs the command that the arguments name; answers the exit code. */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  const name = nameIn(args)
  const tool = name === undefined ? 'hotset' : `hotset ${name}`
  try {
    const parsed = await parse(args, terminal)
    if (typeof parsed === 'string') {
      terminal.stdout.write(parsed)
      return exitCodes.done
    }
    return (await parsed()) ?? exitCodes.done
  } catch (error) {
    terminal.stderr.write(`${said(error, tool)}\n`)
    if (error instanceof UsageError) return exitCodes.misused
    return error instanceof Failure ? error.exitCode : exitCodes.failed
  }
}

/** Errors that people can do something about are told in a line; a stack is for our own mistakes. */
function said(error: unknown, tool: string): string {
  if (error instanceof UsageError) return `${tool}: ${error.message}\nSee ${tool} --help`
  if (error instanceof Failure) return `${tool}: ${error.message}`
  const isTold =
    error instanceof CacheError ||
    error instanceof TraceError ||
    (error instanceof Error && 'syscall' in error)
  if (isTold) return `${tool}: ${printable(error.message)}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
