import { readFileSync } from 'node:fs'
import { CacheError } from '../kernel/errors.ts'
import { TraceError } from '../simulator/trace-error.ts'
import { type Command, type Terminal, UsageError } from './command.ts'
import { commands } from './commands.ts'

/** Runs the command that the arguments name; answers the exit code: 0, 1 failed, 2 used wrongly. */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = args
  const command = commands.find((command) => command.name === name)
  try {
    if (command) await runCommand(command, rest, terminal)
    else if (name === '--version' || name === '-v') terminal.stdout.write(`${version()}\n`)
    else if (name === '--help' || name === '-h') terminal.stdout.write(help())
    else throw new UsageError(name === undefined ? help() : `Unknown command '${name}'`)
    return 0
  } catch (error) {
    terminal.stderr.write(`${said(error, command)}\n`)
    return error instanceof UsageError ? 2 : 1
  }
}

async function runCommand(
  command: Command,
  args: readonly string[],
  terminal: Terminal,
): Promise<void> {
  if (args.some((arg) => arg === '--help' || arg === '-h')) terminal.stdout.write(command.help)
  else await command.run(args, terminal)
}

/** Errors that people can do something about are told in a line; a stack is for our own mistakes. */
function said(error: unknown, command: Command | undefined): string {
  const tool = command ? `hotset ${command.name}` : 'hotset'
  if (error instanceof UsageError) return `${tool}: ${error.message}\nSee ${tool} --help`
  if (error instanceof CacheError || error instanceof TraceError) return `${tool}: ${error.message}`
  if (error instanceof Error && 'syscall' in error) return `${tool}: ${error.message}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function help(): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return `Usage: hotset <command> [options]

Commands:
${lines.join('\n')}

  hotset <command> --help   what a command can do
  hotset --version          the version of this package
`
}

function version(): string {
  const manifest = new URL('../../package.json', import.meta.url)
  return JSON.parse(readFileSync(manifest, 'utf8')).version
}
