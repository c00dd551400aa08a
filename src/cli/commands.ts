import type { Command } from './command.ts'
import { createTable } from './create-table.ts'
import { proxy } from './proxy.ts'
import { simulate } from './simulate.ts'

/** What the tool can do; `hotset --help` lists them in this order. */
export const commands: readonly Command[] = [simulate, createTable, proxy]
