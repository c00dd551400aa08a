import type { Backlog } from '../../contracts/writing.ts'

export const nothingPending: Backlog = {
  ...{ pending: 0, deadLetters: 0, oldest: 0, written: 0, coalesced: 0, failures: 0 },
}
