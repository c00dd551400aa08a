// The page of papers and RFCs: who is cited in which file. A citation without a title here, or a title without a file, is an error.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup.mjs'
import { table } from './source.mjs'

const rfcs = {
  1321: 'The MD5 Message-Digest Algorithm',
  1952: 'GZIP file format',
  3986: 'Uniform Resource Identifier: Generic Syntax',
  4180: 'Common Format for CSV Files',
  5861: 'HTTP Cache-Control Extensions for Stale Content',
  6265: 'HTTP State Management Mechanism (cookies)',
  6750: 'OAuth 2.0 Bearer Tokens',
  8246: 'HTTP Immutable Responses',
  9110: 'HTTP Semantics',
  9111: 'HTTP Caching',
  9112: 'HTTP/1.1',
  9113: 'HTTP/2',
  9211: 'The Cache-Status HTTP Response Header Field',
  9213: 'Targeted HTTP Cache Control',
  9651: 'Structured Field Values for HTTP',
  9875: 'HTTP Cache Groups',
}

const papers = [
  [
    /W-TinyLFU \(Einziger/,
    'Einziger, Friedman, Manes: TinyLFU: A Highly Efficient Cache Admission Policy, ACM TOS 2017',
    'the default policy: who is admitted',
  ],
  [
    /S3-FIFO \(Yang/,
    'Yang et al.: FIFO queues are all you need for cache eviction, SOSP 2023',
    '`s3fifo`, and a tactic of the default',
  ],
  [
    /SIEVE \(Zhang/,
    'Zhang et al.: SIEVE is Simpler than LRU, NSDI 2024',
    '`sieve`, and the main region of the default',
  ],
  [
    /Belady, /,
    'Belady: A study of replacement algorithms for a virtual-storage computer, 1966',
    'the optimum of the simulator',
  ],
  [
    /Miniature\s+Simulations/,
    'Waldspurger et al.: Cache Modeling and Optimization using Miniature Simulations, USENIX ATC 2017',
    'the live curve; how the default chooses',
  ],
  [
    /with SHARDS/,
    'Waldspurger et al.: Efficient MRC Construction with SHARDS, FAST 2015',
    'sampling of keys by their hash',
  ],
  [
    /Metwally/,
    'Metwally, Agrawal, El Abbadi: Efficient Computation of Frequent and Top-k Elements in Data Streams, ICDT 2005',
    'hottest keys and groups, in bounded memory',
  ],
  [
    /Litwin, /,
    'Litwin: Linear hashing: a new tool for file and table addressing, VLDB 1980',
    'a table that grows a bucket at a time',
  ],
  [/netstrings \(Bernstein/, 'Bernstein: Netstrings, 1997', 'keys of arguments'],
  [
    /highest random weight/,
    'Thaler, Ravishankar: Using name-based mappings to increase hit rates, 1998',
    'which Memcached server has a key',
  ],
  [/MurmurHash3/, 'Appleby: MurmurHash3, 2010', 'checksums; spreading hashes'],
]

export function citationsPage() {
  const files = readdirSync(join(root, 'src'), { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => ({ name, text: plain(readFileSync(join(root, 'src', name), 'utf8')) }))
  const cited = new Set(
    files.flatMap(({ text }) => [...text.matchAll(/RFC (\d{4})/g)].map(([, number]) => number)),
  )
  for (const number of cited)
    if (!(number in rfcs)) throw new Error(`RFC ${number} is cited and has no title`)
  const rfcRows = [...cited]
    .sort()
    .map((number) => [
      `[${number}](https://www.rfc-editor.org/rfc/rfc${number})`,
      rfcs[number],
      filesWith(files, new RegExp(`RFC ${number}`)),
    ])
  const paperRows = papers.map(([pattern, title, what]) => [title, what, filesWith(files, pattern)])
  return [
    '# Papers and RFCs',
    'Which one is in which file of `src/`. The comments there say which section, and where the code differs and why.',
    '## Papers',
    table(['paper', 'is', 'in'], paperRows),
    '## RFCs',
    table(['RFC', 'title', 'in'], rfcRows),
  ].join('\n\n')
}

function filesWith(files, pattern) {
  const found = files.filter(({ text }) => pattern.test(text)).map(({ name }) => `\`${name}\``)
  if (found.length === 0) throw new Error(`Nobody cites ${pattern}`)
  return found.join(', ')
}

/** Comments without their line ends. */
function plain(text) {
  return text.replace(/\n\s*\* ?/g, ' ')
}
