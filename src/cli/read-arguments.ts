import { type ParseArgsConfig, parseArgs } from 'node:util'
import { ConfigError } from '../kernel/errors.ts'
import { UsageError } from './command.ts'

type Options = NonNullable<ParseArgsConfig['options']>
type Parsed<Known extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: Known; allowPositionals: true }>
>

/** What was typed, by the options that a command knows. @throws UsageError for any other */
export function readArguments<Known extends Options>(
  args: readonly string[],
  known: Known,
): Parsed<Known> {
  try {
    return parseArgs({ args: [...args], options: known, allowPositionals: true })
  } catch (error) {
    const [said = ''] = error instanceof Error ? error.message.split(/\. |\n/, 1) : []
    throw new UsageError(said)
  }
}

/** An option that breaks a rule was typed by somebody. */
export function asUsage<T>(check: () => T): T {
  try {
    return check()
  } catch (error) {
    throw error instanceof ConfigError ? new UsageError(error.message) : error
  }
}
