import { describe, expect, test } from 'vitest'
import { invalidated } from '../../../src/http/engine/invalidation.ts'
import { type Fields, request, response, url } from './scene.ts'

function of(method: string, fields: Fields = {}, status = 200) {
  return invalidated(request({}, method), response(fields, status))
}

describe('what an answered request makes invalid (RFC 9111 §4.4)', () => {
  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'M-SEARCH', 'ANYTHING', 'get'])(
    '%s: its URL',
    (method) => {
      expect(of(method)).toEqual({ urls: [url], tags: [] })
    },
  )

  test.each(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'])('%s: nothing, it is safe', (method) => {
    const fields = { Location: '/a', 'Cache-Group-Invalidation': '"a"' }
    expect(of(method, fields)).toBeUndefined()
  })

  test.each([200, 201, 204, 301, 302, 303, 399])('by a %i', (status) => {
    expect(of('POST', {}, status)?.urls).toEqual([url])
  })

  test.each([400, 404, 409, 500, 503, 599])('not by a %i', (status) => {
    expect(of('POST', {}, status)).toBeUndefined()
  })

  test('also what it points to, of the same origin alone', () => {
    const fields = {
      location: ['/a#x', 'https://example.test:443/b'],
      'Content-Location': ['../c', 'https://other.test/d', 'http://example.test/e', '//'],
    }
    expect(of('POST', fields)?.urls).toEqual([
      url,
      'https://example.test/a',
      'https://example.test/b',
      'https://example.test/c',
    ])
  })

  test('also the groups that it names, of its origin (RFC 9875 §3)', () => {
    expect(of('POST', { 'Cache-Group-Invalidation': ['"a", "B"', 'c, 1'] })?.tags).toEqual([
      'group:https://example.test a',
      'group:https://example.test B',
      'group:https://example.test c',
    ])
    expect(of('POST', { 'Cache-Group-Invalidation': '"a' })?.tags).toEqual([])
  })
})
