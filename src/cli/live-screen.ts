import type { Terminal } from './command.ts'

const enter = '\x1b[?1049h\x1b[?25l'
const leave = '\x1b[?25h\x1b[?1049l'
const fromTop = '\x1b[H'
const eraseRestOfLine = '\x1b[K'
const eraseBelow = '\x1b[J'
const ctrlC = '\x03'

/** A screen of its own: what was on the terminal is there again when it is closed. */
export interface LiveScreen {
  /** Aborted by q, by Ctrl-C, and when the tool is told to end. */
  readonly ended: AbortSignal
  /** Draws these lines, now and again when the terminal gets another size; what is too much is cut off. */
  draw(lines: () => readonly string[]): void
  close(): void
}

export function openScreen({ stdin, stdout, interrupted }: Terminal): LiveScreen {
  const ending = new AbortController()
  const end = () => ending.abort()
  const signal = interrupted()
  let shown: () => readonly string[] = () => []
  const draw = () => {
    // A terminal that has not said how large it is has 0 of both.
    const [width, height] = [stdout.columns || 80, stdout.rows || 24]
    const lines = shown().slice(0, height)
    const text = lines.map((line) => `${cut(line, width)}${eraseRestOfLine}`).join('\r\n')
    stdout.write(`${fromTop}${text}${eraseBelow}`)
  }
  const listen = (key: Buffer | string) => {
    if (['q', ctrlC].includes(key.toString())) end()
  }
  const setRaw = (raw: boolean) => stdin.setRawMode?.(raw)
  stdout.write(enter)
  setRaw(true)
  stdin.on('data', listen)
  stdout.on('resize', draw)
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  return {
    ended: ending.signal,
    draw(lines) {
      shown = lines
      draw()
    },
    close() {
      stdin.off('data', listen)
      stdout.off('resize', draw)
      signal.removeEventListener('abort', end)
      setRaw(false)
      stdin.pause()
      stdout.write(leave)
    },
  }
}

/** Colours, which take no room, and characters, which do. */
const parts = /(\p{Cc}\[[\d;]*m)|([\s\S])/gu

function cut(line: string, width: number): string {
  let room = width
  return line.replace(parts, (_, colour: string | undefined, sign: string) => {
    if (colour !== undefined) return colour
    return room-- > 0 ? sign : ''
  })
}
