import type { WriteStream } from 'node:tty'

export interface Progress {
  /** `share` is 0 to 1. */
  show(label: string, share: number): void
  clear(): void
}

const width = 30

/** A bar that redraws its line on a terminal; silent where the stream is none. */
export function createProgress(stream: Pick<WriteStream, 'isTTY' | 'write'>): Progress {
  let line = ''
  return {
    show(label, share) {
      if (!stream.isTTY) return
      const filled = Math.round(Math.min(1, share) * width)
      const next = `${label.padEnd(20)} ${'█'.repeat(filled)}${'░'.repeat(width - filled)}`
      if (next === line) return
      line = next
      stream.write(`\r\x1b[K${line}`)
    },
    clear() {
      if (stream.isTTY && line !== '') stream.write('\r\x1b[K')
      line = ''
    },
  }
}
