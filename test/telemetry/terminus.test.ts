import 'reflect-metadata'
import * as nest from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { expect, onTestFinished, test } from 'vitest'
import { createCaches } from '../../src/index.ts'
import type { CacheSet } from '../../src/telemetry/cache-set.ts'
import { health } from '../../src/telemetry/health.ts'
import { startRedis } from '../servers/redis.ts'
import { eventually } from '../servers/start-server.ts'
import { HealthCheckService, HealthIndicatorService, TerminusModule } from './packages/terminus.ts'

/** As in the guide; decorators as calls, since the tests are compiled without them. */
test('Terminus says of caches what they say', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const store = `redis://127.0.0.1:${redis.port}`
  const caches = createCaches({ default: { store }, plain: { store, memory: false } })
  onTestFinished(() => caches.close())
  let asked: CacheSet = caches.get()

  class HealthController {
    constructor(
      private readonly checks: HealthCheckService,
      private readonly indicators: HealthIndicatorService,
    ) {}
    ready() {
      return this.checks.check([() => this.caches()])
    }
    async caches() {
      const indicator = this.indicators.check('caches')
      const { status, caches } = await health(asked)
      if (status === 'down') return indicator.down({ caches })
      return status === 'degraded' ? indicator.degraded({ caches }) : indicator.up({ caches })
    }
  }
  nest.Inject(HealthCheckService)(HealthController, undefined, 0)
  nest.Inject(HealthIndicatorService)(HealthController, undefined, 1)
  nest.Controller('health')(HealthController)
  const descriptor = Object.getOwnPropertyDescriptor(HealthController.prototype, 'ready')
  nest.Get()(HealthController.prototype, 'ready', descriptor ?? {})
  class App {}
  nest.Module({ imports: [TerminusModule], controllers: [HealthController] })(App)

  const app = await NestFactory.create(App, { logger: false, abortOnError: false })
  onTestFinished(() => app.close())
  await app.listen(0, '127.0.0.1')
  const ask = async (set: CacheSet) => {
    asked = set
    const response = await fetch(`${await app.getUrl()}/health`)
    const { status, details } = await response.json()
    return [response.status, status, details.caches.status, details.caches.caches.default.problems]
  }

  // To open the store may take a slow machine more than its deadline.
  const up = await eventually(
    () => ask(caches),
    ([code]) => code === 200,
  )
  expect(up).toEqual([200, 'ok', 'up', []])
  await redis.kill()
  // Whether the bus has noticed as well by now is chance.
  const problems = expect.arrayContaining([expect.stringMatching(/^store: /)])
  expect(await ask(caches.get())).toEqual([200, 'degraded', 'degraded', problems])
  expect(await ask(caches)).toEqual([503, 'error', 'down', problems])
})
