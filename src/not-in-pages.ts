import type { OpenTrace } from './contracts/trace.ts'
import { ConfigError } from './kernel/errors.ts'
import type { openLog as OpenLog } from './open-log.ts'
import type { openUrl as OpenUrl } from './open-url.ts'

/**
 * What bundlers put into a page in place of `open-url`, `open-log` and `simulator/trace-writer` (`browser`
 * in package.json): those need Node, and some bundlers refuse what mentions it, though it is never loaded.
 */
export const openUrl: typeof OpenUrl = () => missing('stores by URL: hand one over')
export const openLog: typeof OpenLog = () => missing('logs by URL: hand one over')
export const openTrace: OpenTrace = () => missing('files to record into')

function missing(what: string): never {
  throw new ConfigError(`In a page there are no ${what}`)
}
