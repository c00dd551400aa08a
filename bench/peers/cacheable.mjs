import { createKeyv as createKeyvRedis } from '@keyv/redis'
import { Cacheable, createKeyv } from 'cacheable'

export const peer = {
  name: 'cacheable',
  readThrough({ entries, ttl, load }) {
    const cache = create(entries, ttl)
    return (key) => cache.getOrSet(key, load)
  },
  /** Without a bound: what it knows of tags would count, too. */
  tagged({ port }) {
    const cache = new Cacheable({
      secondary: port && createKeyvRedis(`redis://127.0.0.1:${port}`),
      ttl: '5m',
      tags: true,
    })
    return {
      set: (key, value, tags) => cache.set(key, value, { tags }),
      get: (key) => cache.get(key),
      invalidate: (tag) => cache.tags.invalidateTag(tag),
    }
  },
  memoize: (fn, { entries }) => create(entries).wrap(fn),
}

const create = (entries, ttl) => new Cacheable({ primary: createKeyv({ lruSize: entries }), ttl })
