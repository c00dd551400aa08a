import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../unit/temporary-directory.ts'
import { counting, originOf } from './test-origin.ts'

const program = fileURLToPath(new URL('fetching.mjs', import.meta.url))

/** What a process of its own is answered by fetch and by undici, with a store that others have. */
async function inAProcess(directory: string, url: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, directory, url])
  return JSON.parse(stdout)
}

test('a second process has hits from what the first one stored', async () => {
  const origin = await originOf(counting({ 'Cache-Control': 'max-age=3600' }))
  const directory = join(temporaryDirectory(), 'pages')
  expect(await inAProcess(directory, origin.url)).toEqual([
    ['1', 'uri-miss'],
    ['2', 'uri-miss'],
  ])
  expect(await inAProcess(directory, origin.url)).toEqual([
    ['1', 'hit'],
    ['2', 'hit'],
  ])
  expect(origin.asked).toHaveLength(2)
})
