import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type BusMessage, readMessage, writeMessage } from '../../src/core/behind/bus-message.ts'

// Written once and never again: processes of two releases share a bus while they are replaced.
const folder = new URL('../golden/bus-message-v1/', import.meta.url)

const goldens: { readonly file: string; readonly holds: BusMessage }[] = JSON.parse(
  readFileSync(new URL('index.json', folder), 'utf8'),
)

test.each(goldens)('$file is read and written as ever', ({ file, holds }) => {
  const bytes = Uint8Array.from(readFileSync(new URL(file, folder)))
  expect(readMessage(bytes)).toStrictEqual(holds)
  expect(writeMessage(holds)).toStrictEqual(bytes)
})

test('every file is in the index', () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.bin'))
  expect(goldens.map((golden) => golden.file).sort()).toStrictEqual(files.sort())
})
