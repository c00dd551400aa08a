import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, test } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { temporaryDirectory } from '../unit/temporary-directory.ts'
import { inCache } from './places.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const tool = join(root, manifest.bin.hotset)

let directory: string
let url: string
beforeEach(async () => {
  directory = temporaryDirectory()
  url = `lmdb:${join(directory, 'store')}`
  await inCache(url, (cache) => cache.set('k', { a: 1 }))
})

/** What a program prints and answers; `act` is told of what it has printed so far. */
async function ended(
  command: string,
  args: readonly string[],
  act: (printed: string, input: NodeJS.WritableStream) => void = () => {},
) {
  const child = spawn(command, args, { cwd: directory, stdio: 'pipe' })
  const printed = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text) => {
      printed[name] += text
      act(printed.stdout + printed.stderr, child.stdin)
    })
  }
  child.stdin.on('error', () => {})
  act('', child.stdin)
  const [code, signal] = await once(child, 'close')
  return { code: code ?? signal, ...printed }
}

const hotset = (...args: string[]) => ended(process.execPath, [tool, ...args])

describe('what is published', () => {
  test('needs no package, and carries the license of what is in it', async () => {
    const text = readFileSync(tool, 'utf8')
    const imports = [...text.matchAll(/^(?:import|export)\b.*?from "([^"]+)"/gm)].map(
      ([, id]) => id,
    )
    const foreign = imports.filter((id) => !/^(node:|\.\.?\/)/.test(id ?? ''))
    expect([imports.length > 5, foreign]).toEqual([true, []])
    const license = readFileSync(join(root, 'node_modules/commander/LICENSE'), 'utf8').trim()
    expect(text).toContain(license)
    for (const name of ['main', 'program']) {
      expect(existsSync(join(root, `dist/cli/${name}.js`)), name).toBe(false)
    }

    cpSync(join(root, 'dist'), join(directory, 'dist'), { recursive: true })
    cpSync(join(root, 'package.json'), join(directory, 'package.json'))
    const alone = join(directory, 'dist/cli/hotset.js')
    for (const { name } of commands) {
      const help = await ended(process.execPath, [alone, name, '--help'])
      expect(help).toMatchObject({ code: 0, stderr: '' })
    }
    const got = await ended(process.execPath, [
      alone,
      'get',
      'k',
      '--raw',
      '--url',
      `sqlite:${directory}/x`,
    ])
    expect(got).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no store in') })
  })
})

describe('a process', () => {
  test('answers by its exit code', async () => {
    expect(await hotset('get', 'k', '--raw', '--url', url)).toEqual({
      ...{ code: 0, stdout: '{"a":1}', stderr: '' },
    })
    expect((await hotset('get', 'k', '--url', 'redis://127.0.0.1:1')).code).toBe(1)
    expect((await hotset('get')).code).toBe(2)
    expect((await hotset('get', 'none', '--url', url)).code).toBe(3)
    expect((await hotset('clear', '--url', url)).code).toBe(4)
    expect((await hotset('doctor', '--url', url)).code).toBe(0)
    const { code, stderr } = await hotset('delete', 'k', '--url', 'redis://127.0.0.1:1')
    expect(code).toBe(1)
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
      /^hotset delete: .*cannot be reached.*ECONNREFUSED/,
    )
    expect(stderr).not.toContain('    at ')
  })

  test('writes all of it into a pipe before it ends', async () => {
    await inCache(url, (cache) => cache.set('large', 'x'.repeat(3_000_000)))
    const { code, stdout } = await hotset('export', '--url', url)
    expect(code).toBe(0)
    expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ entries: 2 })
  })

  test('a reader that has seen enough is no error', async () => {
    const many = new Map(Array.from({ length: 5000 }, (_, i) => [`${i}`.padStart(100, '0'), i]))
    await inCache(url, (cache) => cache.setMany(many))
    const command = `'${process.execPath}' '${tool}' keys --url '${url}' | head -n 1; echo "\${PIPESTATUS[0]}"`
    const { stdout, stderr } = await ended('bash', ['-c', command])
    expect(stdout).toMatch(/^\S+\n0\n$/)
    expect(stderr).toBe('')
  })

  test('ends, though a module of the project keeps something open', async () => {
    const index = new URL('../../dist/index.js', import.meta.url).href
    writeFileSync(
      join(directory, 'hotset.config.mjs'),
      `import { createCaches } from '${index}'
export const caches = createCaches({ default: { store: '${url}' } })
setInterval(() => {}, 1000)
`,
    )
    expect(await hotset('get', 'k', '--raw')).toEqual({ code: 0, stdout: '{"a":1}', stderr: '' })
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('watch ends by %s', async (signal) => {
    const child = spawn(process.execPath, [tool, 'watch', '--url', url], { stdio: 'pipe' })
    await once(child.stderr, 'data')
    child.kill(signal)
    expect(await once(child, 'close')).toEqual([0, null])
  })
})

/** Runs a line of the shell on a terminal of its own, beside what the terminal was like before and after. */
async function onTerminal(line: string, act: Parameters<typeof ended>[2]) {
  const script = `stty -g > before; sh -c 'echo $$ > pid; exec ${line}'; echo "code $?"; stty -g > after`
  const { stdout } = await ended('script', ['-qec', script, '/dev/null'], act)
  const setting = (name: string) => readFileSync(join(directory, name), 'utf8')
  expect(setting('after')).toBe(setting('before'))
  return { stdout, code: Number(/code (\d+)\s*$/.exec(stdout)?.[1]) }
}

/** Does something once, as soon as that was printed. */
function when(pattern: RegExp, act: (input: NodeJS.WritableStream) => void) {
  let done = false
  return (printed: string, input: NodeJS.WritableStream) => {
    if (done || !pattern.test(printed)) return
    done = true
    act(input)
  }
}

describe('on a terminal', () => {
  const command = (text: string) => `"${process.execPath}" "${tool}" ${text} --url "${url}"`
  const kill = (signal: NodeJS.Signals) => () =>
    process.kill(Number(readFileSync(join(directory, 'pid'), 'utf8')), signal)

  test.each([
    ['q', (input: NodeJS.WritableStream) => void input.write('q')],
    ['Ctrl-C', (input: NodeJS.WritableStream) => void input.write('\x03')],
    ['SIGINT', kill('SIGINT')],
    ['SIGTERM', kill('SIGTERM')],
  ])('top ends by %s, and leaves the terminal as it was', async (_, act) => {
    const { stdout, code } = await onTerminal(command('top'), when(/No process reports/, act))
    expect(code).toBe(0)
    expect(stdout.indexOf('\x1b[?1049h\x1b[?25l')).toBe(0)
    expect(stdout).toContain('\x1b[?25h\x1b[?1049l')
  })

  test('top that fails leaves the terminal as it was, too', async () => {
    const broken = `"${process.execPath}" "${tool}" top --url redis://127.0.0.1:1`
    const { stdout, code } = await onTerminal(broken, () => {})
    expect(code).toBe(1)
    expect(stdout).toMatch(/\[\?25h.*\[\?1049l.*hotset top: .*ECONNREFUSED/s)
  })

  test.each([
    ['y\n', 0, / is empty/],
    ['n\n', 4, /Nothing was done/],
    ['\x04', 4, /Nothing was done/],
  ])('a question is answered by %j', async (answer, code, said) => {
    const act = when(/\[y\/N\] /, (input) => input.write(answer))
    const answered = await onTerminal(command('clear'), act)
    expect(answered).toMatchObject({ code, stdout: expect.stringMatching(said) })
    expect((await hotset('get', 'k', '--url', url)).code).toBe(code === 0 ? 3 : 0)
  })

  test('Ctrl-C at a question does nothing, and ends', async () => {
    const act = when(/\[y\/N\] /, (input) => input.write('\x03'))
    const { stdout } = await ended('script', ['-qec', command('clear'), '/dev/null'], act)
    expect(stdout).not.toContain('is empty')
    expect((await hotset('get', 'k', '--url', url)).code).toBe(0)
  })

  test('colours are for terminals', async () => {
    const { stdout } = await onTerminal(command('get k'), () => {})
    expect(stdout).toContain('\x1b[2mkey')
    expect((await hotset('get', 'k', '--url', url)).stdout).not.toContain('\x1b')
  })
})

describe('completion', () => {
  /** What bash offers for a line, the cursor at its end. */
  async function offered(...words: string[]): Promise<string[]> {
    writeFileSync(join(directory, 'completion'), (await hotset('completion', 'bash')).stdout)
    const array = ['hotset', ...words].map((word) => `'${word}'`).join(' ')
    const script = `source ./completion
complete -p hotset >/dev/null || exit 1
COMP_WORDS=(${array}); COMP_CWORD=${words.length}; _hotset; printf '%s\\n' "\${COMPREPLY[@]}"`
    const { code, stdout, stderr } = await ended('bash', ['--norc', '-eu', '-c', script])
    if (code !== 0) throw new Error(stderr)
    return stdout.split('\n').filter(Boolean)
  }

  test('bash completes commands, options, values and files', async () => {
    expect(await offered('')).toEqual(expect.arrayContaining(commands.map(({ name }) => name)))
    expect(await offered('ex')).toEqual(['explain', 'export'])
    expect(await offered('keys', '--l')).toEqual(['--limit', '--long'])
    expect(await offered('proxy', '--profile', '')).toEqual(['safe', 'rfc'])
    expect(await offered('simulate', '--format', 'ar')).toEqual(['arc'])
    expect(await offered('import', 'st')).toEqual(['store'])
    expect(await offered('keys', '--caches', 'compl')).toEqual(['completion'])
    expect(await offered('keys', '--limit', '')).toEqual([])
    expect(await offered('keys', 'st')).toEqual([])
    expect(await offered('none', '--')).toEqual([])
  })

  test('every option of every command is completed', async () => {
    const { stdout } = await hotset('completion', 'bash', '--json')
    const described: { name: string; flags: [string, object][] }[] = JSON.parse(stdout)
    const some = described.filter(({ name }) => ['warm', 'doctor', 'import'].includes(name))
    for (const { name, flags } of some) {
      expect(await offered(name, '--')).toEqual(flags.map(([flag]) => `--${flag}`))
    }
  })

  test('zsh takes its script, and completes by it', async () => {
    const { stdout } = await hotset('completion', 'zsh')
    for (const { name } of commands) expect(stdout).toContain(`\n    ${name}) _arguments `)
    if (!hasZsh()) {
      expect(stdout.split('\n')[0]).toBe('#compdef hotset')
      return
    }
    writeFileSync(join(directory, 'completion'), stdout)
    // The functions that complete run in the line editor alone: here they tell what they are given.
    const script = `
compdef() { registered="$*" }
_arguments() { print -rl -- "$@" }
_describe() { print -rl -- "\${commands[@]}" }
_files() { : }
source ./completion
[[ $registered == "_hotset hotset" ]] || exit 1
words=(hotset ''); CURRENT=2; _hotset
words=(hotset proxy --profile ''); CURRENT=4; _hotset`
    const told = await ended('zsh', ['-f', '-c', script])
    expect(told).toMatchObject({ code: 0, stderr: '' })
    expect(told.stdout).toContain('\nexport:writes the entries of a cache into a file\n')
    const profile = '--profile[rfc is all that the RFC allows (default safe)]:name:(safe rfc)'
    expect(told.stdout.split('\n')).toContain(profile)
  })
})

function hasZsh(): boolean {
  try {
    execFileSync('zsh', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
