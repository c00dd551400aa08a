import type { Stream } from './command.ts'

const barWidth = 24
const eraseLine = '\r\x1b[K'

/** A line that says how far something is. */
export interface ProgressBar {
  /** `share` is from 0 to 1. */
  show(label: string, share: number): void
  /** Leaves no trace of it. */
  clear(): void
}

/** On a terminal; anything else is not told. It is drawn anew only when it looks otherwise. */
export function progressBar(stream: Stream): ProgressBar {
  let shown = ''
  return {
    show(label, share) {
      if (!stream.isTTY) return
      const full = Math.min(1, Math.max(0, share))
      const done = Math.round(full * barWidth)
      const bar = '█'.repeat(done) + '░'.repeat(barWidth - done)
      const text = `${bar} ${String(Math.floor(100 * full)).padStart(3)} %  ${label}`
      const line = text.slice(0, (stream.columns || 80) - 1)
      if (line === shown) return
      shown = line
      stream.write(`${eraseLine}${line}`)
    },
    clear() {
      if (shown !== '') stream.write(eraseLine)
      shown = ''
    },
  }
}
