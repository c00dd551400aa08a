export default {
  compatibilityDate: '2026-01-01',
  storage: { cache: { driver: '~/storage.js' } },
}
