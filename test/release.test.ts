import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const scripts = fileURLToPath(new URL('../scripts', import.meta.url))

const identity = {
  GIT_AUTHOR_NAME: 'somebody',
  GIT_AUTHOR_EMAIL: 'somebody@example.org',
  GIT_COMMITTER_NAME: 'somebody',
  GIT_COMMITTER_EMAIL: 'somebody@example.org',
}

/** A package in a repository of its own, with the script in it: its checks and tests note that they ran. */
let repository: string

beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), 'hotset-release-'))
  cpSync(scripts, join(repository, 'scripts'), { recursive: true })
  put('.gitignore', 'dist/\n')
  put('CHANGELOG.md', '# Changelog\n\n## Unreleased\n\n- First.\n')
  put('package.json', JSON.stringify(manifestOf('0.1.0'), null, 2))
  mkdirSync(join(repository, 'dist'))
  put('dist/stale.js', '')
  git('init', '--quiet', '--initial-branch', 'main')
  commit('begin')
})

afterEach(() => rmSync(repository, { recursive: true, force: true }))

test('a version that was never released is the first, in commit, tag and changelog', () => {
  expect(release().status).toBe(0)
  expect(get('CHANGELOG.md')).toMatch(
    /^# Changelog\n\n## Unreleased\n\n## 0\.1\.0 \(\d{4}-\d\d-\d\d\)\n\n- First\.\n$/,
  )
  expect(git('log', '-1', '--format=%s')).toBe('0.1.0')
  expect(git('tag', '--points-at', 'HEAD')).toBe('v0.1.0')
  expect(git('status', '--porcelain')).toBe('')
})

test('the next version follows from what is unreleased', () => {
  const cases: [version: string, unreleased: string[], next: string | null][] = [
    ['0.1.0', [], null],
    ['0.1.0', ['Fixed: a thing.'], '0.1.1'],
    ['0.1.0', ['New.'], '0.1.1'],
    ['0.1.3', ['New.', 'Breaking: gone.'], '0.2.0'],
    ['1.2.3', ['Fixed: a thing.'], '1.2.4'],
    ['1.2.3', ['Fixed: a thing.', 'New.'], '1.3.0'],
    ['1.2.3', ['Fixed: a thing.', 'New.', 'Breaking: gone.'], '2.0.0'],
  ]
  const asked = cases.map(([version, lines]) => [version, changelog(lines, version)])
  const program = `import { nextVersion } from './scripts/release/changelog.mjs'
    const next = ${JSON.stringify(asked)}.map((asked) => nextVersion(...asked) ?? null)
    console.log(JSON.stringify(next))`
  const { stdout } = node('--input-type=module', '-e', program)
  expect(JSON.parse(stdout)).toEqual(cases.map(([, , next]) => next))
})

test('a dry run checks, tests and packs, and changes nothing', () => {
  const { status, output } = release('--dry-run')
  expect(status).toBe(0)
  expect(output).toContain('This would be 0.1.0:\n\n- First.')
  expect(output).toContain('dist/checked')
  expect(output).toContain('dist/tested')
  expect(output).not.toContain('dist/stale.js')
  expect(git('status', '--porcelain')).toBe('')
  expect(git('tag')).toBe('')
})

test.each([
  ['a change that is not committed', () => put('new.txt', ''), 'not committed'],
  ['a changelog that has nothing', () => put('CHANGELOG.md', changelog([], '0.1.0')), 'Nothing'],
  ['a check that fails', () => putScripts({ check: 'exit 3' }), ''],
  ['a test that fails', () => putScripts({ test: 'exit 3' }), ''],
  ['a test that leaves something', () => putScripts({ test: 'touch left' }), 'left something'],
  ['a tag that is taken', () => git('tag', 'v0.1.0'), 'already'],
])('%s stops it', (_, spoil, says) => {
  spoil()
  if (says !== 'not committed') commit('spoil')
  const before = git('rev-parse', 'HEAD')
  const { status, output } = release()
  expect(status).not.toBe(0)
  expect(output).toContain(says)
  expect(git('rev-parse', 'HEAD')).toBe(before)
  expect(git('diff', 'HEAD', '--stat')).toBe('')
})

test('what is not tagged, or has no repository to name, is not published', () => {
  expect(release('--publish', '--dry-run').output).toContain('not tagged v0.1.0')
  release()
  expect(release('--publish', '--dry-run').output).toContain('`repository`')
})

function release(...options: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = node('scripts/release.mjs', ...options)
  return { status, output: stdout + stderr }
}

function node(...options: string[]) {
  return spawnSync(process.execPath, options, {
    cwd: repository,
    encoding: 'utf8',
    env: { ...process.env, ...identity },
  })
}

function manifestOf(version: string): object {
  const note = (name: string) =>
    `node -e "fs.mkdirSync('dist',{recursive:true});fs.writeFileSync('dist/${name}','')"`
  return {
    name: 'hotset-rehearsal',
    version,
    files: ['dist'],
    scripts: { check: note('checked'), test: note('tested') },
  }
}

function putScripts(scripts: Readonly<Record<string, string>>): void {
  const manifest = JSON.parse(get('package.json'))
  put('package.json', JSON.stringify({ ...manifest, scripts: { ...manifest.scripts, ...scripts } }))
}

/** In which that version was released, and these lines were not. */
function changelog(lines: readonly string[], version: string): string {
  const unreleased = lines.map((line) => `- ${line}\n`).join('')
  return `# Changelog\n\n## Unreleased\n\n${unreleased}\n## ${version} (2026-01-01)\n\n- Old.\n`
}

function commit(message: string): void {
  git('add', '--all')
  git('commit', '--quiet', '--allow-empty', '--message', message)
}

function git(...options: string[]): string {
  const env = { ...process.env, ...identity }
  return execFileSync('git', options, { cwd: repository, encoding: 'utf8', env }).trim()
}

function put(path: string, text: string): void {
  writeFileSync(join(repository, path), text)
}

function get(path: string): string {
  return readFileSync(join(repository, path), 'utf8')
}
