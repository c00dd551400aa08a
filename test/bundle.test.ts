import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { type OutputChunk, rolldown } from 'rolldown'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * What a page may carry for `createCache` alone, in bytes after gzip. It was 52,515 when this was written, and
 * the aim is 10,000: all that a cache can do (loads, tags, buses, locks, writing, recording) is behind one
 * object, of which no bundler can leave anything out.
 */
const limit = 53_500

/** The modules that a page loads for what it imports, before it opens anything that is loaded on demand. */
async function pageWith(...names: string[]): Promise<OutputChunk[]> {
  const page = '\0page'
  const bundle = await rolldown({
    input: page,
    platform: 'browser',
    external: [/^node:/, /^[a-z@]/],
    plugins: [
      {
        name: 'page',
        resolveId: (id) => (id === page ? id : undefined),
        load: (id) =>
          id === page ? `export { ${names.join(', ')} } from '${root}dist/index.js'` : undefined,
      },
    ],
  })
  const { output } = await bundle.generate({ format: 'esm', minify: true })
  const chunks = output.filter((part) => part.type === 'chunk')
  const loaded = new Set(chunks.filter(({ isEntry }) => isEntry))
  for (const { imports } of loaded) {
    for (const chunk of chunks) if (imports.includes(chunk.fileName)) loaded.add(chunk)
  }
  return [...loaded]
}

function gzipped(chunks: readonly OutputChunk[]): number {
  return chunks.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0)
}

test('a page that imports createCache alone stays as small as it is', async () => {
  const size = gzipped(await pageWith('createCache'))
  console.log(`createCache alone: ${size} bytes, gzipped`)
  expect(size).toBeLessThan(limit)
})

test('a page that imports an error alone carries no cache', async () => {
  expect(gzipped(await pageWith('CodecError'))).toBeLessThan(2_000)
})

test('a page imports nothing of Node, and no package', async () => {
  const chunks = await pageWith('createCache', 'createMemoryCache', 'memoize')
  const own = new Set(chunks.map(({ fileName }) => fileName))
  expect(chunks.flatMap(({ imports }) => imports).filter((name) => !own.has(name))).toEqual([])
})
