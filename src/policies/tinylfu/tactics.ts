/** A way to run the cache, which is as good as the traffic suits it. */
export interface Tactic {
  /** The part of the whole that belongs to the newest entries, whatever their use; over 0, up to 1. */
  readonly windowShare: number
  /**
   * Which entry stays when it leaves the window: one that was used more than who would have to go
   * for it (`duel`: TinyLFU), or one that was used again twice (`proof`: S3-FIFO, or nearly so).
   */
  readonly admission: 'duel' | 'proof'
}

export const tactics: readonly Tactic[] = [
  { windowShare: 0.1, admission: 'proof' },
  { windowShare: 0.02, admission: 'duel' },
  { windowShare: 0.25, admission: 'duel' },
  { windowShare: 0.6, admission: 'duel' },
  { windowShare: 1, admission: 'duel' },
]

/** The one to begin with, before anything is known. */
export const firstTactic = 0
