import ejs from 'ejs'
import { Eta } from 'eta'
import Handlebars from 'handlebars'
import { raw } from 'hono/html'
import { jsx } from 'hono/jsx'
import nunjucks from 'nunjucks'
import { type ComponentChildren, Fragment, h } from 'preact'
import { jsxTemplate } from 'preact/jsx-runtime'
import { renderToString, renderToStringAsync } from 'preact-render-to-string'
import { describe, expect, test } from 'vitest'
import { createFragments, type Fragments } from '../../../src/http/fragments/fragments.ts'
import { handlebarsCache } from '../../../src/http/fragments/handlebars.ts'
import {
  createCached,
  createCachedSuspending,
  createCachedSync,
} from '../../../src/http/fragments/jsx.ts'
import { nunjucksCache, nunjucksCacheSync } from '../../../src/http/fragments/nunjucks.ts'
import { createCache } from '../../../src/index.ts'

/**
 * Every engine renders one page: a fragment `list` around a fragment `row` for each id, which shows
 * `text(id)`, escaped by the engine; `list` and `row` say that they are rendered by `mark`.
 */
interface Site {
  readonly ids: readonly string[]
  readonly fragments: Fragments
  mark(what: string): string
  text(id: string): string
}

type Engine = (site: Site) => () => string | Promise<string>

const plain: Engine = ({ ids, fragments: { fragment }, mark, text }) => {
  const escaped = (id: string) => text(id).replaceAll('&', '&amp;')
  const row = (id: string) => fragment('row', [id], () => `${mark(id)}<li>${escaped(id)}</li>`)
  const rows = async () => (await Promise.all(ids.map(row))).join('')
  return () => fragment('list', [], async () => `${mark('list')}<ul>${await rows()}</ul>`)
}

const partials = (cache: string, include: string) => ({
  row: `<%= it.mark(it.id) %><li><%= it.text(it.id) %></li>`,
  list: `<%= it.mark('list') %><ul><% for (const id of it.ids) { %>${cache}('row', [id], () => ${include}('row', { ...it, id })) %><% } %></ul>`,
  page: `${cache}('list', [], () => ${include}('list', it)) %>`,
})

const ejsTemplates = (cache: string) => {
  const templates: Record<string, string> = partials(cache, 'include')
  for (const [name, text] of Object.entries(templates)) {
    templates[name] = text
      .replaceAll("('row', {", "('row', { it: {")
      .replaceAll(' id }))', ' id } }))')
  }
  return {
    page: (templates.page as string).replace("('list', it)", "('list', { it })"),
    includer: (name: string) => ({ template: templates[name] as string }),
  }
}

const ejsSync: Engine = ({ fragments, ...site }) => {
  const { page, includer } = ejsTemplates('<%- it.fragmentSync')
  return () => ejs.render(page, { it: { ...site, ...fragments } }, { includer })
}

const ejsAsync: Engine = ({ fragments, ...site }) => {
  const { page, includer } = ejsTemplates('<%- await it.fragment')
  return () => ejs.render(page, { it: { ...site, ...fragments } }, { includer, async: true })
}

const etaSync: Engine = ({ fragments, ...site }) => {
  const eta = new Eta()
  const templates = partials('<%~ it.fragmentSync', 'include')
  for (const [name, text] of Object.entries(templates)) {
    eta.loadTemplate(`@${name}`, text.replaceAll("include('", "include('@"))
  }
  return () => eta.render('@page', { ...site, ...fragments })
}

const etaAsync: Engine = ({ fragments, ...site }) => {
  const eta = new Eta()
  const templates = partials('<%~ await it.fragment', 'includeAsync')
  for (const [name, text] of Object.entries(templates)) {
    const at = text.replaceAll("includeAsync('", "includeAsync('@")
    eta.loadTemplate(`@${name}`, at, { async: true })
  }
  return () => eta.renderAsync('@page', { ...site, ...fragments })
}

const nunjucksPage = `{% cache '5m', 'list' %}{{ mark('list') }}<ul>{% for id in ids -%}
  {% cache '5m', 'row', id, tags=['row ' + id] %}{{ mark(id) }}<li>{{ text(id) }}</li>{% endcache %}
{%- endfor %}</ul>{% endcache %}`

const nunjucksAsync: Engine = ({ fragments, ...site }) => {
  const environment = new nunjucks.Environment(null, { autoescape: true })
  environment.addExtension('fragments', nunjucksCache(fragments, nunjucks))
  return () =>
    new Promise((resolve, reject) => {
      environment.renderString(nunjucksPage, site, (error, html) =>
        error ? reject(error) : resolve(html as string),
      )
    })
}

const nunjucksSync: Engine = ({ fragments, ...site }) => {
  const environment = new nunjucks.Environment(null, { autoescape: true })
  environment.addExtension('fragments', nunjucksCacheSync(fragments, nunjucks))
  return () => environment.renderString(nunjucksPage, site)
}

const handlebars: Engine = ({ fragments, ids, mark, text }) => {
  const environment = Handlebars.create()
  environment.registerHelper({ mark, text, cache: handlebarsCache(fragments) })
  const page = environment.compile(
    `{{#cache "5m" "list"}}{{mark "list"}}<ul>{{#each ids}}{{#cache "5m" "row" this tags="row all"}}{{mark this}}<li>{{text this}}</li>{{/cache}}{{/each}}</ul>{{/cache}}`,
  )
  return () => page({ ids })
}

const preactSync: Engine = ({ fragments, ids, mark, text }) => {
  const Cached = createCachedSync<ComponentChildren>(fragments, {
    render: (node) => renderToString(h(Fragment, null, node)),
    raw: (html) => jsxTemplate([html]),
  })
  const Row = ({ id }: { id: string }) => h('li', null, mark(id), text(id))
  const rows = () =>
    ids.map((id) => h(Cached, { name: 'row', varyOn: [id], children: () => h(Row, { id }) }))
  const List = () => h('ul', null, mark('list'), rows())
  return () => renderToString(h(Cached, { name: 'list', children: () => h(List, null) }))
}

const preactAsync: Engine = ({ fragments, ids, mark, text }) => {
  const Cached = createCachedSuspending<ComponentChildren>(fragments, {
    render: (node) => renderToStringAsync(h(Fragment, null, node)),
    raw: (html) => jsxTemplate([html]),
  })
  const row = (id: string) => ({
    name: 'row',
    varyOn: [id],
    children: async () => h('li', null, mark(id), text(id)),
  })
  const List = () =>
    h(
      'ul',
      null,
      ids.map((id) => h(Cached, row(id))),
    )
  const children = () => h(Fragment, null, mark('list'), h(List, null))
  return async () => {
    const page = h(Fragment, null, h(Cached, { name: 'list', children }))
    return (await renderToStringAsync(page)).replaceAll(/<!--\/?\$s-->/g, '')
  }
}

const hono: Engine = ({ fragments, ids, mark, text }) => {
  type Element = ReturnType<typeof raw>
  const Cached = createCached<Element>(fragments, { render: (node) => node.toString(), raw })
  const element = (tag: unknown, props: object, ...children: unknown[]) =>
    jsx(tag as string, props, ...(children as string[])) as object as Element
  const row = (id: string) => ({
    name: 'row',
    varyOn: [id],
    children: async () => element('li', {}, mark(id), text(id)),
  })
  const rows = () => ids.map((id) => element(Cached, row(id)))
  const children = () => element('ul', {}, mark('list'), ...rows())
  return async () => String(await element(Cached, { name: 'list', children }).toString())
}

const engines: Readonly<Record<string, Engine>> = {
  'plain functions': plain,
  'EJS, synchronous': ejsSync,
  'EJS, asynchronous': ejsAsync,
  'Eta, synchronous': etaSync,
  'Eta, asynchronous': etaAsync,
  'Nunjucks, asynchronous': nunjucksAsync,
  'Nunjucks, synchronous': nunjucksSync,
  Handlebars: handlebars,
  'Preact, synchronous': preactSync,
  'Preact, asynchronous': preactAsync,
  'JSX of Hono': hono,
}

for (const [name, engine] of Object.entries(engines)) {
  describe(name, () => {
    function scene() {
      const cache = createCache()
      const fragments = createFragments(cache)
      const data = new Map([
        ['a', 'this & that'],
        ['b', 'more'],
      ])
      const rendered: string[] = []
      const page = engine({
        ids: [...data.keys()],
        fragments,
        mark(what) {
          rendered.push(what)
          return ''
        },
        text(id) {
          const text = data.get(id)
          if (text === undefined) throw new Error(`there is no ${id}`)
          return text
        },
      })
      const render = async () => {
        rendered.length = 0
        const html = await page()
        await fragments.settled()
        return html
      }
      return { cache, fragments, data, rendered, render }
    }

    test('a page comes from the cache, escaped once', async () => {
      const { rendered, render } = scene()
      const html = '<ul><li>this &amp; that</li><li>more</li></ul>'
      expect(await render()).toBe(html)
      expect([...rendered].sort()).toEqual(['a', 'b', 'list'])
      expect(await render()).toBe(html)
      expect(rendered).toEqual([])
    })

    test('only what changed, and what is around it, is rendered again', async () => {
      const { data, fragments, rendered, render } = scene()
      await render()
      data.set('a', 'new')
      await fragments.invalidateFragment('row', ['a'])
      expect(await render()).toBe('<ul><li>new</li><li>more</li></ul>')
      expect([...rendered].sort()).toEqual(['a', 'list'])
    })

    test('an error is the page’s, and is not kept', async () => {
      const { data, rendered, render } = scene()
      data.delete('a')
      await expect(render()).rejects.toThrow('there is no a')
      data.set('a', 'back')
      expect(await render()).toBe('<ul><li>back</li><li>more</li></ul>')
      expect(rendered).toContain('list')
    })
  })
}

describe('Nunjucks', () => {
  test('what follows a cached part may fail, too', async () => {
    const fragments = createFragments(createCache())
    const environment = new nunjucks.Environment()
    environment.addExtension('cache', nunjucksCache(fragments, nunjucks))
    const page = `{% cache '5m', 'part' %}text{% endcache %}{{ missing() }}`
    const outcome = new Promise((resolve) => {
      environment.renderString(page, {}, (error) => resolve(error))
    })
    expect(String(await outcome)).toContain('Unable to call `missing`')
  })
})

for (const [name, engine, tag] of [
  ['Nunjucks, asynchronous', nunjucksAsync, 'row a'],
  ['Nunjucks, synchronous', nunjucksSync, 'row b'],
  ['Handlebars', handlebars, 'all'],
] as const) {
  test(`tags in a template: ${name}`, async () => {
    const cache = createCache()
    const fragments = createFragments(cache)
    let version = 1
    const site = { ids: ['a', 'b'], fragments, mark: () => '', text: () => `${version}` }
    const page = engine(site)
    await page()
    await fragments.settled()
    version = 2
    await cache.invalidate(tag)
    const html = await page()
    expect(html).toBe(
      `<ul>${['a', 'b'].map((id) => `<li>${tag.endsWith(id) || tag === 'all' ? 2 : 1}</li>`).join('')}</ul>`,
    )
  })
}
