import type { Stream, Terminal } from './command.ts'

export type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan'
export type Paint = (colour: Colour, text: string) => string

const codes: Readonly<Record<Colour, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
}

/** Colours text on a terminal, unless `NO_COLOR` is set (https://no-color.org). */
export function painter(stream: Stream, { env }: Pick<Terminal, 'env'>): Paint {
  if (!stream.isTTY || env.NO_COLOR || env.TERM === 'dumb') return (_, text) => text
  return (colour, text) => `\x1b[${codes[colour][0]}m${text}\x1b[${codes[colour][1]}m`
}
