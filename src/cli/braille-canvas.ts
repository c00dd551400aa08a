import type { Colour, Paint } from './paint.ts'

/** The bit of each dot of a Braille pattern (Unicode, U+2800), by row and column. */
const dots: readonly (readonly [left: number, right: number])[] = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
]

interface Cell {
  bits: number
  sign: string | undefined
  colour: Colour
}

/** Draws lines in text: each character has two columns and four rows of dots. */
export class BrailleCanvas {
  readonly #cells: Cell[][]

  constructor(width: number, height: number) {
    this.#cells = Array.from({ length: height }, () =>
      Array.from({ length: width }, () => ({ bits: 0, sign: undefined, colour: 'dim' })),
    )
  }

  /** From place to place, in dots. */
  line(places: readonly (readonly [x: number, y: number])[], colour: Colour): void {
    for (let i = 1; i < places.length; i++) {
      const [x0, y0] = places[i - 1] as readonly [number, number]
      const [x1, y1] = places[i] as readonly [number, number]
      const steps = Math.max(1, Math.abs(x1 - x0), Math.abs(y1 - y0))
      for (let step = 0; step <= steps; step++) {
        const share = step / steps
        this.#dot(Math.round(x0 + share * (x1 - x0)), Math.round(y0 + share * (y1 - y0)), colour)
      }
    }
  }

  /** A character in place of the dots there. */
  sign(x: number, y: number, sign: string, colour: Colour): void {
    const cell = this.#cellAt(x, y)
    if (cell) Object.assign(cell, { sign, colour })
  }

  rows(paint: Paint): string[] {
    return this.#cells.map((row) => row.map((cell) => drawn(cell, paint)).join(''))
  }

  #dot(x: number, y: number, colour: Colour): void {
    const cell = this.#cellAt(x, y)
    if (!cell) return
    cell.bits |= dots[y % 4]?.[x % 2 === 0 ? 0 : 1] ?? 0
    cell.colour = colour
  }

  #cellAt(x: number, y: number): Cell | undefined {
    return this.#cells[y >> 2]?.[x >> 1]
  }
}

function drawn({ bits, sign, colour }: Cell, paint: Paint): string {
  if (sign !== undefined) return paint(colour, sign)
  return bits === 0 ? ' ' : paint(colour, String.fromCharCode(0x2800 + bits))
}
