/**
 * What came is nothing that a cache can pass on: it goes past it, to who asked. Who waited for it in
 * vain asks without the cache.
 */
export class Aside extends Error {
  static {
    Aside.prototype.name = 'Aside'
  }
}
