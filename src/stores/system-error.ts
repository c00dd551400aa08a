import { codeOf } from '../kernel/error-code.ts'

/** For `catch`: that there is no such file is an answer, anything else stays an error. */
export function ignoreMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error
}

/** What `act` answers, or undefined where there is no such file. */
export function unlessMissing<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch (error) {
    return ignoreMissing(error)
  }
}

/** The disk, the quota, or what a process may write, is used up. */
export function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(error) ?? '')
}
