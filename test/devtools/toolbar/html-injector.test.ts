import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HtmlInjector } from '../../../src/devtools/toolbar/html-injector.ts'

const toolbar = '<hotset-toolbar/>'
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A page that went by in these parts; what was given at once is told apart. */
function through(parts: readonly Uint8Array[]): { page: string; calls: number; most: number } {
  let calls = 0
  const injector = new HtmlInjector(() => {
    calls++
    return encoder.encode(toolbar)
  })
  const out: Uint8Array[] = []
  let [taken, given, most] = [0, 0, 0]
  for (const part of parts) {
    taken += part.length
    const pushed = injector.push(part)
    given += pushed.length
    out.push(pushed)
    most = Math.max(most, taken - given)
  }
  out.push(injector.finish())
  return { page: decoder.decode(Buffer.concat(out)), calls, most }
}

/** A text cut where the fractions say. */
function cut(text: string, at: readonly number[]): Uint8Array[] {
  const bytes = encoder.encode(text)
  const places = at.map((share) => Math.floor(share * bytes.length)).sort((a, b) => a - b)
  return [0, ...places].map((from, i) => bytes.subarray(from, places[i] ?? bytes.length))
}

const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 })
const every = (text: string) => Array.from(encoder.encode(text), (byte) => Uint8Array.of(byte))

const closing = fc.constantFrom(
  '</body>',
  '</BODY>',
  '</body >',
  '</body\n>',
  '</html>',
  '</body/>',
)
/** What can be in an attribute, a comment or a script, and looks like what ends a page. */
const inside = fc.array(
  fc.constantFrom(
    '</body>',
    '</html>',
    '<',
    '>',
    '</',
    '</bod',
    '-',
    '--',
    '!',
    'é',
    '=',
    ' ',
    '/',
  ),
  { maxLength: 6 },
)
const textOf = (parts: readonly string[]) => parts.join('')
const piece = fc.oneof(
  fc.constantFrom(
    '<p>',
    '</p>',
    'text',
    '< ',
    '<3',
    '</ >',
    '<!doctype html>',
    '<br/>',
    '\n',
    '日本',
  ),
  fc.constantFrom(
    '</bodyguard>',
    '</htm>',
    '<body>',
    '<html lang=en>',
    '<!-->',
    '<!--->',
    '<!-- --!>',
    '<!-- --! </body>-->',
    '</>',
  ),
  fc.constantFrom(
    '<?xml version="1.0"?>',
    '<!x>',
    '<a b"c>',
    '<a =">',
    '<p a = "x">',
    '<a href=/x/>',
  ),
  inside.map((parts) => `<!-- ${textOf(parts).replaceAll(/-+!?>/g, '- >')} -->`),
  inside.map((parts) => `<a title="${textOf(parts)}">`),
  inside.map((parts) => `<a b title = '${textOf(parts)}' c>`),
  fc
    .tuple(fc.constantFrom('script', 'STYLE', 'textarea', 'title', 'noscript'), inside)
    .map(([name, parts]) => `<${name} a="</${name}>">${textOf(parts)}</${name.toLowerCase()} >`),
)
const content = fc.array(piece, { maxLength: 12 }).map(textOf)

test('the toolbar is before the tag that ends the page, once, however the page is cut', () => {
  fc.assert(
    fc.property(content, closing, fc.string(), cuts, (before, end, after, at) => {
      const expected = before + toolbar + end + after
      expect(through(cut(before + end + after, at))).toMatchObject({ page: expected, calls: 1 })
      expect(through(every(before + end + after)).page).toBe(expected)
    }),
    { numRuns: 1000 },
  )
})

test('where no tag ends the page the toolbar is at its end', () => {
  fc.assert(
    fc.property(content, cuts, (page, at) => {
      expect(through(cut(page, at))).toMatchObject({ page: page + toolbar, calls: 1 })
    }),
    { numRuns: 1000 },
  )
})

test('any bytes stay as they are around it, at the same place however they are cut', () => {
  const some = fc.constantFrom(...'<>/!-="\'abdhlmopstyrciegx \n')
  const markup = fc.string({ unit: some, maxLength: 60 })
  const mixed = fc.array(fc.oneof(markup, piece, closing), { maxLength: 8 }).map(textOf)
  fc.assert(
    fc.property(mixed, cuts, (page, at) => {
      const whole = through([encoder.encode(page)])
      expect(whole.page.replace(toolbar, '')).toBe(page)
      expect(whole.calls).toBe(1)
      const parted = through(cut(page, at))
      expect(parted.page).toBe(whole.page)
      expect(parted.most).toBeLessThan('</body>'.length)
      expect(through(every(page)).page).toBe(whole.page)
    }),
    { numRuns: 1000 },
  )
})

test('bytes that are no text of UTF-8 stay what they are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const injector = new HtmlInjector(() => new Uint8Array(0))
      expect(Buffer.concat([injector.push(bytes), injector.finish()])).toEqual(Buffer.from(bytes))
    }),
  )
})
