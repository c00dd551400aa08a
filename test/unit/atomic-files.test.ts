import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { StoreError } from '../../src/kernel/errors.ts'
import { atomicFiles } from '../../src/stores/atomic-files.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const other = '0123456789abcdef-7'

function open() {
  const root = temporaryDirectory()
  const drafts = join(root, 'drafts')
  const clock = fakeClock(Date.now())
  return {
    root,
    drafts,
    clock,
    target: join(root, 'ab', 'file.rec'),
    files: atomicFiles(drafts, clock),
  }
}

const text = (content: string) => new TextEncoder().encode(content)
const put = () => 'put' as const

test('puts, keeps and removes as it is told, and leaves nothing else', async () => {
  const { files, target, drafts } = open()
  expect(await files.swap(target, text('1'), put)).toBe('put')
  expect(await files.swap(target, text('2'), () => 'keep')).toBe('keep')
  expect(readFileSync(target, 'utf8')).toBe('1')
  expect(await files.remove(target, () => false)).toBe(false)
  expect(existsSync(target)).toBe(true)
  expect(await files.remove(target, () => true)).toBe(true)
  expect(existsSync(target)).toBe(false)
  expect(await files.remove(target, () => true)).toBe(true)
  expect(readdirSync(drafts)).toEqual([])
})

test('shows the judge the file that is there', async () => {
  const { files, target } = open()
  const seen: (string | undefined)[] = []
  const look = (file: number | undefined) => {
    seen.push(file === undefined ? undefined : readFileSync(file, 'utf8'))
    return 'put' as const
  }
  await files.swap(target, text('1'), look)
  await files.swap(target, text('2'), look)
  expect(seen).toEqual([undefined, '1'])
})

test('passes on what the judge throws, and leaves no claim', async () => {
  const { files, target, drafts } = open()
  const judge = () => {
    throw new Error('undecided')
  }
  await expect(files.swap(target, text('1'), judge)).rejects.toThrow('undecided')
  expect(readdirSync(drafts)).toEqual([])
  expect(await files.swap(target, text('2'), put)).toBe('put')
})

test('leaves no claim where it cannot look at the file', async () => {
  const { files, target, drafts } = open()
  await files.swap(target, text('1'), put)
  unlinkSync(target)
  symlinkSync(target, target)
  await expect(files.swap(target, text('2'), put)).rejects.toThrow('ELOOP')
  await expect(files.remove(target, () => true)).rejects.toThrow('ELOOP')
  expect(readdirSync(drafts)).toEqual([])
})

test('waits for another one that has claimed the file', async () => {
  const { files, target, drafts, clock } = open()
  await files.swap(target, text('1'), put)
  const claim = join(drafts, `file.rec.${other}-0`)
  writeFileSync(claim, '2')
  const swapped = files.swap(target, text('3'), put)
  for (let round = 0; round < 10; round++) {
    await vi.waitUntil(() => clock.pending('foreground') === 1)
    await clock.pass(16)
    expect(readFileSync(target, 'utf8')).toBe('1')
  }
  unlinkSync(claim)
  await clock.pass(16)
  expect(await swapped).toBe('put')
  expect(readFileSync(target, 'utf8')).toBe('3')
})

test('does not wait for one that has claimed another file', async () => {
  const { files, target, drafts } = open()
  await files.swap(target, text('1'), put)
  writeFileSync(join(drafts, `file.rec2.${other}-0`), '2')
  expect(await files.swap(target, text('3'), put)).toBe('put')
})

test('takes a claim that stays for a second for abandoned', async () => {
  const { files, target, drafts, clock } = open()
  await files.swap(target, text('1'), put)
  const claim = join(drafts, `file.rec.${other}-0`)
  writeFileSync(claim, '2')
  const swapped = files.swap(target, text('3'), put)
  await vi.waitUntil(() => clock.pending('foreground') === 1)
  await clock.pass(990)
  expect(existsSync(claim)).toBe(true)
  await clock.pass(60)
  expect(await swapped).toBe('put')
  expect(readFileSync(target, 'utf8')).toBe('3')
  expect(readdirSync(drafts)).toEqual([])
})

test('gives every claim a second of its own', async () => {
  const { files, target, drafts, clock } = open()
  await files.swap(target, text('1'), put)
  const swapped = files.swap(target, text('3'), put)
  for (let round = 0; round < 5; round++) {
    const claim = join(drafts, `file.rec.${other}-${round}`)
    writeFileSync(claim, '2')
    await vi.waitUntil(() => clock.pending('foreground') === 1)
    await clock.pass(600)
    expect(existsSync(claim)).toBe(true)
    unlinkSync(claim)
  }
  await clock.pass(16)
  expect(await swapped).toBe('put')
})

test('starts again when its claim was taken for abandoned', async () => {
  const { files, target, drafts } = open()
  await files.swap(target, text('1'), put)
  const seen: string[] = []
  const verdict = await files.swap(target, text('mine'), (file) => {
    seen.push(readFileSync(file ?? '', 'utf8'))
    if (seen.length > 1) return 'keep'
    // As if it had been stopped here for long: another one took the claim away, and wrote.
    for (const name of readdirSync(drafts)) unlinkSync(join(drafts, name))
    writeFileSync(target, 'theirs')
    return 'put'
  })
  expect(verdict).toBe('keep')
  expect(seen).toEqual(['1', 'theirs'])
  expect(readFileSync(target, 'utf8')).toBe('theirs')
  expect(readdirSync(drafts)).toEqual([])
})

test('starts again when its directories are removed, but not for ever', async () => {
  const { files, target, root } = open()
  let attempts = 0
  const judge = () => {
    if (attempts++ < 3) rmSync(root, { recursive: true })
    return 'put' as const
  }
  expect(await files.swap(target, text('1'), judge)).toBe('put')
  expect(readFileSync(target, 'utf8')).toBe('1')
  attempts = Number.NEGATIVE_INFINITY
  await expect(files.swap(target, text('2'), judge)).rejects.toThrow(StoreError)
})

test('deletes drafts and claims of a minute ago, and nothing else', async () => {
  const { files, target, drafts, clock } = open()
  files.prune()
  await files.swap(target, text('1'), put)
  const names = [other, `file.rec.${other}-3`, 'notes.txt', `${other}.txt`, 'file.rec.mine']
  for (const name of names) writeFileSync(join(drafts, name), '')
  mkdirSync(join(drafts, 'folder'))
  files.prune()
  expect(readdirSync(drafts)).toHaveLength(names.length + 1)
  const old = new Date(clock.now() - 61_000)
  for (const name of names) utimesSync(join(drafts, name), old, old)
  files.prune()
  expect(readdirSync(drafts)).toEqual([`${other}.txt`, 'file.rec.mine', 'folder', 'notes.txt'])
})

test('never writes through a link', async () => {
  const { files, target, root } = open()
  const outside = join(root, 'outside')
  mkdirSync(outside)
  writeFileSync(join(outside, 'file'), 'precious')
  await files.swap(target, text('1'), put)

  unlinkSync(target)
  symlinkSync(join(outside, 'file'), target)
  expect(await files.swap(target, text('2'), put)).toBe('put')
  expect(lstatSync(target).isFile()).toBe(true)

  symlinkSync(outside, join(root, 'cd'))
  const linked = files.swap(join(root, 'cd', 'file.rec'), text('3'), put)
  await expect(linked).rejects.toThrow(StoreError)
  expect(readdirSync(outside)).toEqual(['file'])
  expect(readFileSync(join(outside, 'file'), 'utf8')).toBe('precious')
})
