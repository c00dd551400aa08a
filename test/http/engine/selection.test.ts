import { describe, expect, test } from 'vitest'
import type { Rules } from '../../../src/http/engine/rules.ts'
import { matches, variantId } from '../../../src/http/engine/selection.ts'
import { asServe, decided, type Fields, outcome, request, rfc, safe, stored, url } from './scene.ts'

const fresh = { 'Cache-Control': 'max-age=60' }

describe('Vary (RFC 9111 §4.1, RFC 9110 §12.5.5)', () => {
  test.each<[string, string, Fields, Fields, boolean]>([
    ['the same', 'Foo', { Foo: '1' }, { foo: '1' }, true],
    ['another value', 'Foo', { Foo: '1' }, { Foo: '2' }, false],
    ['missing then', 'Foo', {}, { Foo: '1' }, false],
    ['missing now', 'Foo', { Foo: '1' }, {}, false],
    ['missing both times', 'Foo', {}, {}, true],
    ['empty is not missing', 'Foo', {}, { Foo: '' }, false],
    ['all of several', 'Foo, Bar', { Foo: '1', Bar: '2' }, { Bar: '2', Foo: '1' }, true],
    ['one of several', 'Foo, Bar', { Foo: '1', Bar: '2' }, { Foo: '1', Bar: '3' }, false],
    ['what it does not name', 'Foo', { Foo: '1', X: '1' }, { Foo: '1', X: '2' }, true],
    ['lines joined', 'Foo', { Foo: '1, 2' }, { Foo: ['1', '2'] }, true],
    ['spaces around commas', 'Foo', { Foo: '1,2' }, { Foo: ' 1 ,  2 ' }, true],
    ['order', 'Foo', { Foo: '1, 2' }, { Foo: '2, 1' }, false],
    ['case', 'Foo', { Foo: 'a' }, { Foo: 'A' }, false],
    ['commas in strings', 'Foo', { Foo: '"a,b"' }, { Foo: '"a, b"' }, false],
    [
      'case of languages',
      'accept-language',
      { 'Accept-Language': 'en' },
      { 'Accept-Language': 'EN' },
      true,
    ],
    [
      'case of codings',
      'Accept-Encoding',
      { 'Accept-Encoding': 'GZip, br' },
      { 'Accept-Encoding': 'gzip,br' },
      true,
    ],
    ['cookies to the letter', 'Cookie', { Cookie: 'a=1,2' }, { Cookie: 'a=1, 2' }, false],
  ])('%s', (_, vary, then, now, same) => {
    const kept = stored({ ...fresh, Vary: vary }, { asked: request(then) })
    expect(matches(kept.selecting, request(now), rfc)).toBe(same)
    expect(outcome(decided(1, request(now), kept))).toBe(same ? 'hit' : 'vary-miss')
  })

  test('several variants are kept apart by one id each', () => {
    const variant = (foo: string) =>
      stored({ ...fresh, Vary: 'Foo' }, { asked: request({ Foo: foo }) })
    const [one, two] = [variant('1'), variant('2')]
    expect(variantId(one.selecting)).not.toBe(variantId(two.selecting))
    expect(variantId(one.selecting)).toBe(variantId(variant(' 1').selecting))
    expect(asServe(decided(1, request({ Foo: '2' }), one, two)).stored).toBe(two)
  })

  test('of those that match the most recent is used', () => {
    const older = stored({ ...fresh, X: '1' }, { at: 0 })
    const newer = stored({ ...fresh, X: '2' }, { at: 5 })
    expect(asServe(decided(6, request(), older, newer)).stored).toBe(newer)
    expect(asServe(decided(6, request(), newer, older)).stored).toBe(newer)
  })

  test('the URL counts, whatever else does', () => {
    const kept = stored(fresh)
    expect(outcome(decided(1, request({}, 'GET', `${url}?x`), kept))).toBe('vary-miss')
    expect(outcome(decided(1, request()))).toBe('uri-miss')
  })
})

describe('Accept-Language', () => {
  const german = { ...fresh, Vary: 'Accept-Language', 'Content-Language': 'DE' }
  const asked = (languages: string) => request({ 'Accept-Language': languages })
  const kept = stored(german, { asked: asked('en, de'), rules: safe })

  test.each([
    ['EN,  de', true],
    ['fr;q=0.5, de;q=1.0', true],
    ['de;q=0.1', true],
    ['de', true],
    ['de, en', false],
    ['fr;q=0.5, de;q=0.5', false],
    ['de;q=0.5, fr;q=0.5, de;q=0.4', false],
    ['de;q=0, fr;q=0.1', false],
    ['de;level=1', false],
    ['de-AT', false],
    ['', false],
  ])('%s is answered by German that "en, de" got', (languages, same) => {
    expect(matches(kept.selecting, asked(languages), safe)).toBe(same)
  })

  test('is compared without regard to order where rules say so', () => {
    const { 'Content-Language': _, ...plain } = german
    const matched = (rules: Rules) =>
      matches(stored(plain, { asked: asked('en, de'), rules }).selecting, asked('de,en'), rules)
    expect([matched(rfc), matched(safe)]).toEqual([true, false])
  })

  test('is not all that counts', () => {
    const both = stored({ ...german, Vary: 'Accept-Language, Foo' }, { asked: asked('en, de') })
    const other = request({ 'Accept-Language': 'de', Foo: 'de' })
    expect(matches(both.selecting, other, rfc)).toBe(false)
  })

  test('says nothing of what is in several languages, in none, or not chosen by language', () => {
    const { 'Content-Language': _, ...plain } = german
    for (const fields of [{ ...plain, 'Content-Language': 'de, en' }, plain]) {
      const other = stored(fields, { asked: asked('en, de') })
      expect(matches(other.selecting, asked('de'), rfc)).toBe(false)
    }
    const unchosen = stored({ ...german, Vary: 'Foo' }, { asked: request({ Foo: '1' }) })
    expect(matches(unchosen.selecting, asked('de'), rfc)).toBe(false)
  })
})

test('rules may select by more than the response says', () => {
  const rules: Rules = { ...rfc, vary: ['Locale', 'foo'] }
  const asked = request({ locale: 'de', Foo: '1' })
  const { selecting } = stored({ ...fresh, Vary: 'Foo' }, { asked, rules })
  expect(selecting.names).toEqual(['foo', 'locale'])
  expect(matches(selecting, asked, rules)).toBe(true)
  expect(matches(selecting, request({ Locale: 'fr', Foo: '1' }), rules)).toBe(false)
})

test('No-Vary-Search lets other URLs be answered', () => {
  const kept = stored({ ...fresh, 'No-Vary-Search': 'params=("utm")' })
  expect(outcome(decided(1, request({}, 'GET', `${url}?utm=1`), kept))).toBe('hit')
  expect(outcome(decided(1, request({}, 'GET', `${url}?x=1`), kept))).toBe('vary-miss')
  expect(outcome(decided(1, request({}, 'GET', 'https://other.test/page'), kept))).toBe('vary-miss')
})
