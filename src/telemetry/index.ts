export { approximateBytes } from '../kernel/approximate-bytes.ts'
export type { Advice } from './advice.ts'
export type { CacheSet } from './cache-set.ts'
export type { HotKey } from './cache-tally.ts'
export type { GroupStatistics } from './group-tally.ts'
export {
  type CacheHealth,
  type Health,
  type HealthOptions,
  type HealthStatus,
  health,
} from './health.ts'
export { keyGroup } from './key-group.ts'
export { type KeyStatistics, type KeyStatisticsOptions, keyStatistics } from './key-statistics.ts'
export { type LogEventsOptions, type Logger, type LogLevel, logEvents } from './log-events.ts'
export { type OpenTelemetryOptions, openTelemetry } from './open-telemetry.ts'
export type { OpenTelemetryApi } from './open-telemetry-api.ts'
export {
  type CacheReport,
  cacheReport,
  type ProcessIdentity,
  type ProcessReport,
  processIdentity,
} from './process-report.ts'
export { type PrometheusEndpoint, prometheus } from './prometheus.ts'
export { type ReadReportsOptions, readReports } from './read-reports.ts'
export {
  type ProcessReporting,
  type ReportProcessesOptions,
  reportProcesses,
} from './report-processes.ts'
export { type Listeners, subscribe } from './subscribe.ts'
