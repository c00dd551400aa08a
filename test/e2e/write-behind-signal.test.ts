import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../unit/temporary-directory.ts'

const hotset = pathToFileURL(join(import.meta.dirname, '../../dist/index.js')).href

test('a process that is told to end writes what is pending, and ends by that signal', async () => {
  const directory = temporaryDirectory()
  const file = join(directory, 'source')
  const script = `
    import { appendFileSync } from 'node:fs'
    const { createCache, closeOnSignal } = await import(${JSON.stringify(hotset)})
    const cache = createCache()
    const values = cache.define({
      name: 'value',
      load: () => undefined,
      save: (id, value) => appendFileSync(${JSON.stringify(file)}, id + '=' + value + '\\n'),
      write: 'behind',
      behind: { log: ${JSON.stringify(join(directory, 'log'))}, interval: '1h' },
    })
    closeOnSignal(cache)
    await values.set('a', 1)
    console.log('acknowledged')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  child.kill('SIGTERM')
  const [code, signal] = await once(child, 'exit')
  expect({ code, signal }).toEqual({ code: null, signal: 'SIGTERM' })
  expect(readFileSync(file, 'utf8')).toBe('a=1\n')
})
