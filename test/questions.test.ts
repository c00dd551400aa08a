import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const source = fileURLToPath(new URL('../src', import.meta.url))
const architecture = readFileSync(join(source, '../ARCHITECTURE.md'), 'utf8')

test('each question of a newcomer is answered in the file that the architecture names', () => {
  const table = section('Where would you look?').matchAll(/^\| (.+\?) \| `(.+)` \| `(.+)` \|$/gm)
  const answers = [...table].map(([, question, file, symbol]) => ({ question, file, symbol }))
  expect(answers.length).toBeGreaterThanOrEqual(10)
  const wrong = answers.filter(({ file = '', symbol = '' }) => !declares(file, symbol))
  expect(wrong).toEqual([])
})

test('the tree that the architecture draws has no file that is not there', () => {
  const names = new Set(section('The tree').match(/\b[\w-]+(?:\/[\w-]+)*\.ts\b/g))
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  expect(names.size).toBeGreaterThan(30)
  const missing = [...names].filter(
    (name) => !files.some((file) => `/${file}`.endsWith(`/${name}`)),
  )
  expect(missing).toEqual([])
})

/** Whether a file has a declaration or a method of that name. */
function declares(file: string, symbol: string): boolean {
  const path = join(source, file)
  if (!existsSync(path)) return false
  const declaration = new RegExp(
    `^(?:export )?(?:async )?(?:function|class|const|interface|type) ${symbol}\\b|^ {2}(?:async )?${symbol}(?:<.*>)?\\(`,
    'm',
  )
  return declaration.test(readFileSync(path, 'utf8'))
}

function section(title: string): string {
  const [, after = ''] = architecture.split(`## ${title}\n`)
  return after.split(/^## /m)[0] ?? ''
}
