import { setImmediate as turn } from 'node:timers/promises'
import { codeOf } from '../../kernel/error-code.ts'

/** Others may be in the way so many times; SQLite waits a few milliseconds each time. */
const attempts = 100

/** The statement lost to others, in a deadlock or a serialisation, and has left nothing. */
const conflicts: ReadonlySet<string | undefined> = new Set([
  '40P01',
  '40001',
  'ER_LOCK_DEADLOCK',
  'ER_CHECKREAD',
])
/** SQLITE_BUSY and SQLITE_LOCKED. */
const busy: ReadonlySet<number> = new Set([5, 6])

/** Does again what lost to others. */
export async function again<T>(act: () => Promise<T> | T): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act()
    } catch (error) {
      if (attempt === attempts || !isConflict(error)) throw error
      await turn()
    }
  }
}

function isConflict(error: unknown): boolean {
  const code = codeOf(error)
  if (conflicts.has(code) || /^SQLITE_(BUSY|LOCKED)/.test(code ?? '')) return true
  return error instanceof Error && 'errcode' in error && busy.has(Number(error.errcode) & 255)
}
