import { ConfigError } from '../kernel/errors.ts'
import { show } from '../kernel/expect.ts'
import { arc } from './formats/arc.ts'
import { csv } from './formats/csv.ts'
import { keys } from './formats/keys.ts'
import { oracleGeneral } from './formats/oracle-general.ts'
import { recorded } from './formats/recorded.ts'
import { sized } from './formats/sized.ts'
import { twitter } from './formats/twitter.ts'
import type { TraceFormat } from './trace-format.ts'

/** Those that are recognised by what they say come before those that are told by a name. */
const formats: readonly TraceFormat[] = [recorded, oracleGeneral, twitter, sized, csv, arc, keys]

/** The names that the option `format` knows. */
export const traceFormats: readonly string[] = formats.map(({ name }) => name)

/** @throws ConfigError when there is no such format. */
export function traceFormat(name: string): TraceFormat {
  const found = formats.find((format) => format.name === name)
  if (found) return found
  throw new ConfigError(`Unknown format ${show(name)}; known are ${traceFormats.join(', ')}`)
}

/** The format of a file, by its name without the ending `.gz` and its first bytes. */
export function recognise(name: string, head: Buffer): TraceFormat {
  const [firstLine = ''] = head
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trimStart()
    .split(/\r?\n/, 1)
  return formats.find((format) => format.recognises(name, firstLine)) ?? keys
}
