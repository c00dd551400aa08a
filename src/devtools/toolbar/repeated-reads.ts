import type { Call } from './call.ts'
import type { CallReport } from './request-report.ts'

/** Keys that a line may ask for one by one before that is pointed out. */
const fewKeys = 4

/** How often a request asked for the same key, and which lines asked for many keys one by one. */
export function repeatedReadsIn(
  calls: readonly Call[],
): (call: Call) => Pick<CallReport, 'sameKey' | 'sameLine'> {
  const keys = new Map<string, number>()
  const lines = new Map<string, Set<string>>()
  for (const call of calls) {
    for (const name of readBy(call)) keys.set(name, (keys.get(name) ?? 0) + 1)
    if (isAlone(call)) for (const name of readBy(call)) setAt(lines, call.site.line).add(name)
  }
  return (call) => {
    const sameKey = Math.max(0, ...readBy(call).map((name) => keys.get(name) ?? 0))
    const sameLine = isAlone(call) ? setAt(lines, call.site.line).size : 0
    return { sameKey: sameKey > 1 ? sameKey : 0, sameLine: sameLine > fewKeys ? sameLine : 0 }
  }
}

/** Whether it asked for one key, and could have asked for several at once. */
function isAlone(call: Call): boolean {
  return call.site.line !== undefined && call.names.length === 1 && !call.verb.endsWith('Many')
}

function readBy(call: Call): string[] {
  return Array.from(call.answers.keys(), (name) => `${call.place}${name}`)
}

function setAt(sets: Map<string, Set<string>>, line = ''): Set<string> {
  const set = sets.get(line) ?? new Set()
  sets.set(line, set)
  return set
}
