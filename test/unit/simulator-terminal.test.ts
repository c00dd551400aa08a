import { Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { BrailleCanvas } from '../../src/cli/braille-canvas.ts'
import type { Stream } from '../../src/cli/command.ts'
import { hitRatioPlot } from '../../src/cli/hit-ratio-plot.ts'
import { type Paint, painter } from '../../src/cli/paint.ts'
import { progressBar } from '../../src/cli/progress-bar.ts'

function screen(isTTY: boolean): { stream: Stream; written: string[] } {
  const written: string[] = []
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _, done) {
      written.push(chunk)
      done()
    },
  })
  return { stream: Object.assign(stream, { isTTY, columns: 50 }), written }
}

const plain: Paint = (_, text) => text

test('the bar is drawn on a terminal, only where it looks otherwise, and leaves nothing', () => {
  const { stream, written } = screen(true)
  const bar = progressBar(stream)
  bar.show('reading a-file-with-a-long-name', 0.5)
  bar.show('reading a-file-with-a-long-name', 0.5001)
  bar.show('reading a-file-with-a-long-name', 1)
  bar.clear()
  bar.clear()
  expect(written).toEqual([
    `\r\x1b[K${'█'.repeat(12)}${'░'.repeat(12)}  50 %  reading a-file-wi`,
    `\r\x1b[K${'█'.repeat(24)} 100 %  reading a-file-wi`,
    '\r\x1b[K',
  ])
})

test('a file is told of no bar', () => {
  const { stream, written } = screen(false)
  const bar = progressBar(stream)
  bar.show('reading', 0.5)
  bar.clear()
  expect(written).toEqual([])
})

test('colours are for terminals that want them', () => {
  const on = (isTTY: boolean, env: Record<string, string>) =>
    painter(screen(isTTY).stream, { env })('red', 'x')
  expect(on(true, {})).toBe('\x1b[31mx\x1b[39m')
  expect(on(false, {})).toBe('x')
  expect(on(true, { NO_COLOR: '1' })).toBe('x')
  expect(on(true, { NO_COLOR: '' })).toBe('\x1b[31mx\x1b[39m')
  expect(on(true, { TERM: 'dumb' })).toBe('x')
})

test('lines are Braille dots, four rows and two columns a character', () => {
  const canvas = new BrailleCanvas(3, 2)
  canvas.line(
    [
      [0, 7],
      [5, 0],
    ],
    'red',
  )
  canvas.sign(5, 0, '●', 'red')
  expect(canvas.rows(plain)).toEqual([' ⢀●', '⡰⠁ '])
})

test('the plot has its best curve above, its axes, a sign for each, and fits 80 columns', () => {
  const points = (...ratios: number[]) =>
    ratios.map((hitRatio, i) => ({ size: 10 ** (i + 2), hitRatio }))
  const curves = {
    trace: 't',
    requests: 1,
    curves: [
      { policy: 'lru', points: points(0.1, 0.2, 0.3) },
      { policy: 'belady', points: points(0.2, 0.4, 0.6) },
    ],
  }
  const text = hitRatioPlot(curves, plain)
  const rows = text.split('\n')
  const row = (sign: string) => rows.findIndex((row) => row.includes(sign))
  expect(row('○')).toBeLessThan(row('●'))
  expect(text).toMatch(/^ *60 % ┤.*○$/m)
  expect(text).toMatch(/^ *0 % ┤$/m)
  expect(text).toMatch(/^ +100 .* 1,000 .* 10k$/m)
  expect(rows.at(-1)?.trim()).toBe('● lru   ○ belady')
  expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(80)
  const coloured = hitRatioPlot(curves, painter(screen(true).stream, { env: {} }))
  expect(stripVTControlCharacters(coloured)).toBe(text)
})
