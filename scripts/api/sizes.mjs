// How many bytes each entry is, when all of it is imported, and nothing else.
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { root } from '../setup.mjs'
import { entries } from './declarations.mjs'

/** Within this share, and so many bytes, a size counts as the one that was written down. */
const tolerance = 0.03
const leastTolerance = 64

/** By entry: the bytes of all that is loaded with it, minified and gzipped; not what is loaded on demand. */
export async function readSizes() {
  const sizes = {}
  for (const { name, file } of entries) sizes[name] = await sizeOf(file.replace(/\.d\.ts$/, '.js'))
  return sizes
}

async function sizeOf(file) {
  const bundle = await rolldown({
    input: `${root}dist/${file}`,
    platform: 'node',
    external: [/^node:/, /^[a-z@]/],
    logLevel: 'silent',
  })
  const { output } = await bundle.generate({ format: 'esm', minify: true })
  await bundle.close()
  const chunks = output.filter((part) => part.type === 'chunk')
  const loaded = new Set(chunks.filter(({ isEntry }) => isEntry))
  for (const { imports } of loaded) {
    for (const chunk of chunks) if (imports.includes(chunk.fileName)) loaded.add(chunk)
  }
  return [...loaded].reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0)
}

/** Sizes to write down: those that were, unless they have changed by more than the tolerance. */
export function keptSizes(sizes, before) {
  const isAsBefore = (size, old) =>
    Math.abs(size - old) <= Math.max(leastTolerance, old * tolerance)
  return Object.fromEntries(
    Object.entries(sizes).map(([name, size]) => {
      const old = before[name]
      return [name, old !== undefined && isAsBefore(size, old) ? old : size]
    }),
  )
}
