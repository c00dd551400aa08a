import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Frames that are looked at: ours and the framework's are on top of the application's. */
const depth = 60
const frame = /^\s+at (?:async )?(?:(.*?) \()?(.+?):(\d+):(\d+)\)?$/
/** Where this package is: its frames are not the application's. */
const own = fileURLToPath(new URL('../../', import.meta.url))
/** What an application calls, as it is named in a stack. */
const verbs: ReadonlySet<string> = new Set([
  ...['get', 'getSync', 'getMany', 'lookup', 'has', 'getOrSet', 'getOrSetMany', 'refresh'],
  ...['set', 'setMany', 'add', 'touch', 'increment', 'decrement', 'incrementVersion', 'take'],
  ...['expire', 'delete', 'deleteMany', 'invalidate', 'clear', 'save', 'remove'],
])

/** Where the application called a cache. */
export interface CallSite {
  /** File, line and column, as `src/catalogue.ts:12:5`; `undefined` where no frame is the application's. */
  readonly line: string | undefined
  /** The function that the line is in. */
  readonly caller: string | undefined
  /** What it called of ours, which may be another verb than the one that the cache tells of. */
  readonly verb: string | undefined
}

/** The line of the application that is being run; as the sources have it, if the process maps its stacks. */
export function callSite(): CallSite {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = depth
  const { stack = '' } = new Error()
  Error.stackTraceLimit = stackTraceLimit
  return siteIn(stack)
}

/** The same of a stack as it is written. */
export function siteIn(stack: string, directory: string = own): CallSite {
  let verb: string | undefined
  for (const text of stack.split('\n')) {
    const [, name, place = '', line, column] = frame.exec(text) ?? []
    if (line === undefined || place.startsWith('node:') || place.includes('<anonymous>')) continue
    const path = place.startsWith('file://') ? fileURLToPath(place) : place
    if (path.startsWith(directory)) {
      const called = /([\w$]+)(?: \[as [\w$]+\])?$/.exec(name ?? '')?.[1]
      if (called !== undefined && verbs.has(called)) verb = called
    } else if (!path.includes(`${sep}node_modules${sep}`)) {
      return { line: `${shown(path)}:${line}:${column}`, caller: name, verb }
    }
  }
  return { line: undefined, caller: undefined, verb }
}

/** As short as can be found again: from where the process runs, if it is in there. */
function shown(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}
