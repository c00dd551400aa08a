import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../unit/temporary-directory.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const tool = join(root, manifest.bin.hotset)

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

let folder: string
beforeEach(() => {
  folder = temporaryDirectory()
})

function start(args: readonly string[]) {
  return spawn(process.execPath, [tool, ...args], { cwd: folder, stdio: 'pipe' })
}

async function hotset(args: readonly string[], input: string | Uint8Array = ''): Promise<Ended> {
  const child = start(args)
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [code] = await once(child, 'close')
  return { code, stdout, stderr }
}

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content)
  return name
}

/** a b a c a b d a: what LRU keeps can be followed by hand. */
const small = 'a\nb\na\nc\na\nb\nd\na\n'

describe('the frame', () => {
  test('is what the package installs, and can be run', () => {
    expect(readFileSync(tool, 'utf8').split('\n')[0]).toBe('#!/usr/bin/env node')
  })

  test('--help lists the commands, --version tells the version', async () => {
    const help = await hotset(['--help'])
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toContain('Usage: hotset <command>')
    expect(help.stdout).toContain('simulate')
    expect(await hotset(['--version'])).toEqual({
      code: 0,
      stdout: `${manifest.version}\n`,
      stderr: '',
    })
  })

  test('a command tells its options, wherever --help stands', async () => {
    const { code, stdout } = await hotset(['simulate', 'none', '--help'])
    expect(code).toBe(0)
    for (const option of ['--policies', '--sizes', '--json', '--svg', '--format', '--seed']) {
      expect(stdout).toContain(option)
    }
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  test.each([
    [[], 'Usage: hotset'],
    [['simulat'], "hotset: Unknown command 'simulat'"],
    [['simulate'], 'hotset simulate: Expected a trace'],
    [['simulate', 't', '--polices', 'lru'], "hotset simulate: Unknown option '--polices'"],
    [['simulate', 't', '--policies', 'lru,lrv'], 'Unknown policy "lrv"; known are lru, fifo'],
    [['simulate', 't', '--policies', ''], 'Unknown policy'],
    [['simulate', 't', '--sizes', '0'], 'Expected `sizes` to be a whole number over 0'],
    [['simulate', 't', '--sizes', ','], 'Expected `sizes` to be at least one size'],
    [['simulate', 't', '--format', 'x'], 'Unknown format "x"; known are hotset'],
    [['simulate', 't', '--seed', '-1'], "Option '--seed' argument is ambiguous"],
    [['simulate', 't', '--seed=x'], 'Expected `seed` to be a whole number'],
  ])('%j is used wrongly: exit code 2, and nothing on stdout', async (args, message) => {
    const { code, stdout, stderr } = await hotset(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(stderr).toContain('--help')
    expect(stderr).not.toContain('    at ')
  })
})

describe('simulate', () => {
  test('--json prints just the array', async () => {
    const trace = file('some.txt.gz', gzipSync(small))
    const args = ['--policies', 'lru,belady', '--sizes', '50%,1,2', '--json']
    const { code, stdout, stderr } = await hotset(['simulate', trace, ...args])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const of = { trace: 'some', requests: 8 }
    expect(JSON.parse(stdout)).toEqual([
      { ...of, policy: 'lru', size: 1, hits: 0, hitRatio: 0 },
      { ...of, policy: 'belady', size: 1, hits: 3, hitRatio: 0.375 },
      { ...of, policy: 'lru', size: 2, hits: 2, hitRatio: 0.25 },
      { ...of, policy: 'belady', size: 2, hits: 4, hitRatio: 0.5 },
    ])
  })

  test('what was not asked for is not in the array, even where it is drawn', async () => {
    const args = ['--policies', 'lru', '--sizes', '2', '--json', '--svg', 'out.svg']
    const { stdout } = await hotset(['simulate', file('t', small), ...args])
    expect(JSON.parse(stdout).map(({ policy }: { policy: string }) => policy)).toEqual(['lru'])
    expect(readFileSync(join(folder, 'out.svg'), 'utf8')).toContain('optimum at 2: 50.00 %')
  })

  test('sized traces tell of bytes, too', async () => {
    const trace = file('t.sized', 'a 30\nb 10\na 30')
    const { stdout } = await hotset([
      'simulate',
      trace,
      '--policies',
      'lru',
      '--sizes',
      '9',
      '--json',
    ])
    expect(JSON.parse(stdout)).toEqual([
      {
        trace: 't',
        policy: 'lru',
        size: 9,
        requests: 3,
        hits: 1,
        hitRatio: 1 / 3,
        byteHitRatio: 30 / 70,
      },
    ])
    const byWeight = await hotset([
      ...['simulate', trace, '--policies', 'lru', '--sizes', '30,100%', '--by-weight', '--json'],
    ])
    expect(JSON.parse(byWeight.stdout)).toMatchObject([
      { size: 30, hits: 0 },
      { size: 40, hits: 1 },
    ])
  })

  test('several traces, one of them from the standard input', async () => {
    const args = ['--policies', 'fifo', '--sizes', '2', '--json']
    const { stdout } = await hotset(['simulate', file('t', small), '-', ...args], gzipSync('x\nx'))
    expect(JSON.parse(stdout)).toMatchObject([
      { trace: 't', requests: 8 },
      { trace: 'stdin', requests: 2, hits: 1 },
    ])
  })

  test('columns of CSV', async () => {
    const trace = file('t.csv', 'when,asset,length\n1,x,5\n2,y,5\n3,x,5\n')
    const args = ['--key', 'asset', '--size-column', '3', '--policies', 'lru', '--sizes', '2']
    const { stdout } = await hotset(['simulate', trace, ...args, '--json'])
    expect(JSON.parse(stdout)).toMatchObject([{ requests: 3, hits: 1, byteHitRatio: 1 / 3 }])
  })

  test('threads count as one does, for every policy', async () => {
    const keys = Array.from({ length: 120_000 }, (_, i) => (i * i + 7 * i) % 4_001)
    const trace = file('large', keys.join('\n'))
    const policies = ['lru', 'fifo', 'random', 'sieve', 's3fifo', 'tinylfu', 'belady']
    const run = async (policies: readonly string[]) => {
      const args = ['--policies', policies.join(','), '--sizes', '300', '--json', '--seed', '5']
      return JSON.parse((await hotset(['simulate', trace, ...args])).stdout)
    }
    const alone = await Promise.all(policies.map((policy) => run([policy])))
    expect(await run(policies)).toEqual(alone.flat())
  })

  test('a table with the optimum, and a curve from three sizes on', async () => {
    const trace = file('t', small)
    const few = await hotset(['simulate', trace, '--policies', 'lru,fifo', '--sizes', '1,2'])
    expect(few).toEqual({
      code: 0,
      stderr: '',
      stdout: `t  8 requests, 4 keys, hit ratio in %

size    lru    fifo   belady
   1   0.00    0.00    37.50
   2  25.00*  12.50    50.00

`,
    })
    const { stdout } = await hotset(['simulate', trace, '--policies', 'lru', '--sizes', '1,2,3'])
    expect(stdout).toMatch(/[\u2801-\u28ff]/)
    expect(stdout).toContain('● lru   ○ belady')
    expect(stdout).not.toContain('\x1b')
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  test('an empty trace has no requests', async () => {
    const trace = file('t', '')
    const { stdout } = await hotset([
      'simulate',
      trace,
      '--policies',
      'lru',
      '--json',
      '--sizes',
      '5%',
    ])
    expect(JSON.parse(stdout)).toMatchObject([{ size: 1, requests: 0, hits: 0, hitRatio: 0 }])
    expect(await hotset(['simulate', trace])).toMatchObject({
      code: 0,
      stdout: 't  0 requests, 0 keys, hit ratio in %\n\n',
    })
  })

  test('bad input: exit code 1, one line that says where and what', async () => {
    mkdirSync(join(folder, 'directory'))
    const cut = gzipSync(small).subarray(0, -4)
    const bad: readonly (readonly [string, string])[] = [
      [
        file('bad.sized', 'a 1\nb x\n'),
        'bad.sized:2: Expected a key, a space and a size in digits, got "b x"',
      ],
      [file('cut.gz', cut), 'cut.gz: The gzip data ends too early'],
      ['none', 'none: There is no such file'],
      ['directory', 'directory: Expected a file, got a directory'],
    ]
    for (const [trace, message] of bad) {
      expect(await hotset(['simulate', trace, '--json'])).toEqual({
        code: 1,
        stdout: '',
        stderr: `hotset simulate: ${message}\n`,
      })
    }
    const nowhere = await hotset(['simulate', file('t', small), '--svg', 'no/where.svg'])
    expect(nowhere.code).toBe(1)
    expect(nowhere.stderr).toMatch(/^hotset simulate: ENOENT.*where\.svg'\n$/)
    expect(existsSync(join(folder, 'no'))).toBe(false)
  })

  test('a reader that has seen enough is no error', async () => {
    const trace = file('t', small)
    const child = start(['simulate', ...Array(200).fill(trace), '--sizes', '1,2,3'])
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text
    })
    await once(child.stdout, 'data')
    child.stdout.destroy()
    const [code] = await once(child, 'close')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  test('Ctrl-C ends it without a word', async () => {
    const child = start(['simulate', '-'])
    let said = ''
    child.stdout.on('data', (text) => {
      said += text
    })
    child.stderr.on('data', (text) => {
      said += text
    })
    child.stdin.on('error', () => {})
    // So much input is taken only by one who reads it: the command is at work.
    const input = Buffer.from('a\n'.repeat(500_000))
    if (!child.stdin.write(input)) await once(child.stdin, 'drain')
    child.kill('SIGINT')
    const [code, signal] = await once(child, 'close')
    expect({ code, signal, said }).toEqual({ code: null, signal: 'SIGINT', said: '' })
  })
})
