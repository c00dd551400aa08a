import type { ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = {
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/fetch-code.ts'],
    pool: 'forks',
    testTimeout: 180_000,
    hookTimeout: 180_000,
    allowOnly: false,
  },
}

export default config
