/** The slice of `@opentelemetry/api` that is used, so that the package itself is not needed. */
export interface OpenTelemetryApi {
  readonly metrics: { getMeter(name: string): Meter }
  readonly trace: { getTracer(name: string): Tracer; setSpan(context: object, span: Span): object }
  readonly context: { active(): object; with<T>(context: object, body: () => T): T }
}

interface InstrumentOptions {
  readonly description: string
  readonly unit: string
  readonly advice?: { explicitBucketBoundaries: number[] }
}

type Values = Record<string, string | number>

export interface Meter {
  createCounter(name: string, options: InstrumentOptions): { add(value: number, of: Values): void }
  createHistogram(
    name: string,
    options: InstrumentOptions,
  ): { record(value: number, of: Values): void }
  createObservableCounter(name: string, options: InstrumentOptions): object
  createObservableGauge(name: string, options: InstrumentOptions): object
  addBatchObservableCallback(callback: Observe, instruments: object[]): void
  removeBatchObservableCallback(callback: Observe, instruments: object[]): void
}

export type Observe = (result: {
  observe(instrument: object, value: number, of: Values): void
}) => Promise<void>

export interface Tracer {
  startSpan(
    name: string,
    options: {
      kind: number
      attributes: Values
      startTime?: number
      links?: { context: ReturnType<Span['spanContext']> }[]
    },
  ): Span
}

export interface Span {
  spanContext(): { traceId: string; spanId: string; traceFlags: number }
  setStatus(status: { code: number; message?: string }): unknown
  setAttribute(name: string, value: string): unknown
  end(endTime?: number): void
}
