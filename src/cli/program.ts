import { readFileSync } from 'node:fs'
import { Command as Commander, CommanderError } from 'commander'
import { type Command, type Flags, type Operand, type Terminal, UsageError } from './command.ts'
import { commands } from './commands.ts'

/** Runs a command that was called as it should be; answers the exit code, where it is not 0. */
export type Run = () => Promise<number> | Promise<void>

const widest = 100

/** The command that is called, if there is one of that name. */
export function nameIn(args: readonly string[]): string | undefined {
  const first = args.find((arg) => !arg.startsWith('-'))
  return commands.find(({ name }) => name === first)?.name
}

/** Understands what was typed: a command to run, or a text to print. @throws UsageError */
export async function parse(args: readonly string[], terminal: Terminal): Promise<Run | string> {
  const called = nameIn(args)
  const written: string[] = []
  const found: Run[] = []
  const program = framed(new Commander('hotset'), written, terminal)
    .usage('<command> [options]')
    .version(version(), '-v, --version', 'the version of this package')
    .helpCommand('help <command>', 'what a command can do')
  for (const { name, summary, load } of commands) {
    const sub = framed(program.command(name), written, terminal).summary(summary)
    if (!args.includes(name)) continue
    const command = await load()
    describe(sub, summary, command)
    sub.action(() => {
      const operands = expectOperands(sub.args, command.operands ?? [])
      found.push(() => command.run(operands, valuesOf(sub, command.flags), terminal))
    })
    if (name === called) expectValues(args, command.flags)
  }
  if (args.length === 0) throw new UsageError(program.helpInformation())
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode !== 0) throw misuse(error)
  }
  return found[0] ?? written.join('')
}

/** Nothing is printed, and nobody leaves the process: that is decided elsewhere. */
function framed(command: Commander, written: string[], { stdout }: Terminal): Commander {
  return command
    .helpOption('-h, --help', 'this text')
    .configureHelp({ helpWidth: Math.min(stdout.columns || widest, widest) })
    .configureOutput({ writeOut: (text) => written.push(text), writeErr: () => {} })
    .exitOverride()
}

function describe(sub: Commander, summary: string, { details, operands = [], flags }: Command) {
  sub.description(details === undefined ? `${summary}.` : details.trim()).allowExcessArguments()
  const shown = operands.map(({ name, many, expected }) => {
    const text = many ? `${name}...` : name
    return expected === undefined ? `[${text}]` : `<${text}>`
  })
  sub.usage(['[options]', ...shown].join(' '))
  for (const [name, { value, help, choices }] of Object.entries(flags)) {
    const form = value === undefined ? `--${name}` : `--${name} <${value}>`
    sub.option(form, choices === undefined ? help : `${help}: ${choices.join(', ')}`)
  }
}

function expectOperands(given: readonly string[], operands: readonly Operand[]): readonly string[] {
  const missing = operands[given.length]?.expected
  if (missing !== undefined) throw new UsageError(`Expected ${missing}`)
  const excess = operands.at(-1)?.many ? undefined : given[operands.length]
  if (excess === undefined) return given
  const expected = operands.length === 0 ? 'options' : `options after ${given[0]}`
  throw new UsageError(`Expected ${expected}, got ${excess}`)
}

/** A value that begins like an option is an option whose value is missing before it. */
function expectValues(args: readonly string[], flags: Flags): void {
  for (const [i, arg] of args.entries()) {
    if (arg === '--') return
    const takesValue = arg.startsWith('--') && flags[arg.slice(2)]?.value !== undefined
    if (!takesValue || !/^-./.test(args[i + 1] ?? '')) continue
    throw new UsageError(
      `Option '${arg}' argument is ambiguous: write ${arg}=VALUE where it begins with a dash`,
    )
  }
}

function valuesOf(sub: Commander, flags: Flags) {
  const values: Record<string, string | boolean> = {}
  for (const option of sub.options) {
    const name = option.long?.slice(2) ?? ''
    const value = sub.getOptionValue(option.attributeName())
    if (Object.hasOwn(flags, name) && value !== undefined) values[name] = value
  }
  return values
}

function misuse({ message }: CommanderError): UsageError {
  const plain = message.replace(/^error: /, '').replace(/\s*\n\(/, ' (')
  return new UsageError(plain.charAt(0).toUpperCase() + plain.slice(1))
}

function version(): string {
  const manifest = new URL('../../package.json', import.meta.url)
  return JSON.parse(readFileSync(manifest, 'utf8')).version
}
