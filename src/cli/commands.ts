import type { Command } from './command.ts'
import { simulate } from './simulate.ts'

/** What the tool can do; `hotset --help` lists them in this order. */
export const commands: readonly Command[] = [simulate]
