import { once } from 'node:events'
import type { Stream } from './command.ts'
import { jsonText } from './printable.ts'

/** Writes a text, and waits where the reader is slower than we are. */
export async function writeOut(stream: Stream, text: string | Uint8Array): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain')
}

/** One line of JSON, for streams that do not end soon. */
export function writeJsonLine(stream: Stream, value: unknown): Promise<void> {
  return writeOut(stream, `${jsonText(value)}\n`)
}

/** One document of JSON. */
export function writeJson(stream: Stream, value: unknown): Promise<void> {
  return writeOut(stream, `${jsonText(value, 2)}\n`)
}
