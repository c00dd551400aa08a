import { expect, test } from 'vitest'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock, settle } from '../../src/testing/fake-clock.ts'

test.each([1, 50, 124, 126, 999])(
  'an entry that is read every %i ms does not end, wherever it is read',
  async (pause) => {
    const clock = fakeClock()
    const store = memoryStore({ clock })
    const [here, there] = [createCache({ clock, store }), createCache({ clock, store })]
    await here.set('k', 'value', { ttl: '1h', sliding: 1000 })
    for (let passed = 0; passed < 5_000; passed += pause) {
      clock.advance(pause)
      expect(await here.get('k')).toBe('value')
      await settle()
    }
    expect(await there.get('k')).toBe('value')
  },
)
