// The site of the documentation: the Markdown files as they lie in the repository, and nothing else.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = '{README,ARCHITECTURE,CONTRIBUTING,CHANGELOG,SECURITY}.md'

export default defineConfig({
  title: 'Hotset',
  description: 'The caching framework for TypeScript.',
  lang: 'en',
  srcDir: '..',
  srcExclude: [`!(docs|examples|bench|${pages})/**`, '**/{node_modules,dist,build}/**'],
  outDir: './dist',
  cacheDir: './.cache',
  rewrites: (page) => page.replace(/README\.md$/, 'index.md'),
  cleanUrls: true,
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: '/favicon.svg' }]],
  vite: {
    publicDir: fileURLToPath(new URL('../public', import.meta.url)),
    // The index of the search has every word of every page, and is loaded when somebody searches.
    build: { chunkSizeWarningLimit: 2_000 },
  },
  markdown: {
    anchor: { slugify },
    theme: { light: 'github-light', dark: 'github-dark' },
    config: (markdown) => {
      markdown.core.ruler.push('repository-links', mendLinks)
      keepBraces(markdown)
    },
  },
  themeConfig: {
    logo: '/favicon.svg',
    search: { provider: 'local' },
    nav: [
      { text: 'Start', link: '/docs/start/quick-start' },
      { text: 'Documentation', link: '/docs/' },
      { text: 'Reference', link: '/docs/reference/options' },
    ],
    sidebar: sidebar(),
    outline: [2, 3],
    docFooter: { prev: 'Before', next: 'Next' },
  },
})

/** The anchors that GitHub makes, so that links hold in both places. */
function slugify(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

/** What the index of the documentation lists, under its headings. */
function sidebar() {
  const index = readFileSync(join(root, 'docs/README.md'), 'utf8')
  return index
    .split(/^## /m)
    .slice(1)
    .map((section) => ({
      text: section.split('\n', 1)[0],
      collapsed: true,
      items: [...section.matchAll(/\]\(([^)#]+\.md)\)/g)].map(([, path]) => ({
        text: titleOf(join('docs', path)),
        link: `/${normalize(join('docs', path)).replace(/(README)?\.md$/, '')}`,
      })),
    }))
}

function titleOf(page) {
  return readFileSync(join(root, page), 'utf8')
    .match(/^# (.+)$/m)[1]
    .replaceAll('`', '')
}

/** Braces are braces, and not what Vue is to put in. */
function keepBraces({ renderer: { rules } }) {
  for (const kind of ['text', 'code_inline']) {
    const original = rules[kind]
    rules[kind] = (...given) => original(...given).replaceAll('{{', '&#123;&#123;')
  }
}

/** Links to directories lead to what they say of themselves; those to files that are no pages are none here. */
function mendLinks({ tokens, env }) {
  for (const inline of tokens.filter(({ type }) => type === 'inline')) {
    let isDropped = false
    for (const token of inline.children) {
      if (token.type === 'link_open') {
        const target = mended(token.attrGet('href'), env.path)
        isDropped = target === undefined
        if (!isDropped) token.attrSet('href', target)
      }
      if (isDropped && /^link_/.test(token.type)) {
        if (token.type === 'link_close') isDropped = false
        Object.assign(token, { type: 'text', tag: '', nesting: 0, content: '', hidden: true })
      }
    }
  }
}

function mended(href, page) {
  if (/^([a-z]+:|#)/.test(href)) return href
  const [path, heading] = decodeURI(href).split('#')
  const file = join(dirname(page), path)
  const hash = heading === undefined ? '' : `#${heading}`
  if (existsSync(file) && statSync(file).isDirectory()) {
    return existsSync(join(file, 'README.md'))
      ? `${path.replace(/\/?$/, '/')}index.md${hash}`
      : undefined
  }
  if (path.endsWith('.md')) return `${path.replace(/README\.md$/, 'index.md')}${hash}`
  return /\.(png|svg)$/.test(path) ? href : undefined
}
