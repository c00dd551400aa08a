// hotset/telemetry

export interface Advice {
  readonly kind: 'ttl-too-short' | 'never-reused' | 'too-large' | 'memory-too-small' | 'memory-too-large';
  readonly group: string | undefined;
  readonly text: string;
}

export interface CacheHealth {
  readonly status: HealthStatus;
  readonly problems: readonly string[];
  readonly roundTripMs: number | undefined;
}

export interface CacheReport {
  readonly at: number;
  readonly inspection: Inspection;
  readonly curve: readonly CurvePoint[];
  readonly groups: readonly GroupStatistics[];
  readonly hottest: readonly HotKey[];
  readonly advice: readonly Advice[];
}

export type CacheSet = Cache | readonly Cache[] | NamedCaches;

export interface GroupStatistics {
  readonly group: string;
  readonly reads: number;
  readonly hits: number;
  readonly stale: number;
  readonly misses: number;
  readonly coalesced: number;
  readonly hitRatio: number;
  readonly loads: number;
  readonly loadFailures: number;
  readonly loadMs: number;
  readonly savedMs: number;
  readonly writes: number;
  readonly entries: number;
  readonly bytes: number;
  readonly ended: number;
  readonly wasted: number;
  readonly reloads: number;
  readonly compared: number;
  readonly unchanged: number;
}

export interface Health {
  readonly status: HealthStatus;
  readonly caches: Readonly<Record<string, CacheHealth>>;
}

export interface HealthOptions {
  readonly timeout?: Duration | undefined;
  readonly clock?: Clock | undefined;
}

export type HealthStatus = (typeof statuses)[number];

export interface HotKey {
  readonly key: string;
  readonly namespace: string | undefined;
  readonly reads: number;
  readonly error: number;
}

export interface KeyStatistics {
  groups(cache: string): GroupStatistics[];
  hottest(cache: string): HotKey[];
  advice(cache: Cache): Advice[];
  stop(): void;
}

export interface KeyStatisticsOptions {
  readonly group?: ((key: string, namespace: string | undefined) => string) | undefined;
  readonly maxGroups?: number | undefined;
  readonly hotKeys?: number | undefined;
  readonly sampledKeys?: number | undefined;
  readonly seed?: number | undefined;
}

export type Listeners = {
  readonly [Type in CacheEvent['type']]?: ((event: Extract<CacheEvent, {
    readonly type: Type;
  }>) => void) | undefined;
};

export interface LogEventsOptions {
  readonly levels?: Partial<Readonly<Record<CacheEvent['type'], LogLevel | 'off'>>> | undefined;
  readonly redact?: ((key: string, namespace: string | undefined) => string) | false | undefined;
  readonly every?: Duration | undefined;
  readonly clock?: Clock | undefined;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export type Logger = Readonly<Record<LogLevel, (...message: never[]) => void>>;

export interface OpenTelemetryApi {
  readonly metrics: {
    getMeter(name: string): Meter;
  };
  readonly trace: {
    getTracer(name: string): Tracer;
    setSpan(context: object, span: Span): object;
  };
  readonly context: {
    active(): object;
    with<T>(context: object, body: () => T): T;
  };
}

export interface OpenTelemetryOptions {
  readonly metrics?: boolean | undefined;
  readonly spans?: boolean | undefined;
  readonly group?: ((key: string, namespace: string | undefined) => string) | undefined;
  readonly clock?: Clock | undefined;
}

export interface ProcessIdentity {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly startedAt: number;
  readonly versions: {
    readonly hotset: string | undefined;
    readonly runtime: string;
  };
}

export interface ProcessReport extends ProcessIdentity {
  readonly caches: readonly CacheReport[];
}

export interface ProcessReporting {
  readonly process: ProcessIdentity;
  write(): Promise<void>;
  stop(): Promise<void>;
}

export interface PrometheusEndpoint {
  readonly contentType: string;
  text(): Promise<string>;
  fetch(request?: unknown): Promise<Response>;
  node(request: unknown, response: NodeResponse): Promise<void>;
  close(): void;
}

export interface ReadReportsOptions {
  readonly timeout?: number | undefined;
  readonly clock?: Clock | undefined;
}

export interface ReportProcessesOptions {
  readonly interval?: Duration | undefined;
  readonly statistics?: KeyStatistics | undefined;
  readonly onError?: ((error: unknown) => void) | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
}

export declare function approximateBytes(value: unknown, key?: string): number;

export declare function cacheReport(cache: Cache, statistics: KeyStatistics | undefined, clock: Clock): Promise<CacheReport>;

export declare function health(caches: CacheSet, options?: HealthOptions): Promise<Health>;

export declare function keyGroup(key: string, namespace?: string | undefined): string;

export declare function keyStatistics(caches: CacheSet, options?: KeyStatisticsOptions): KeyStatistics;

export declare function logEvents(logger: Logger, options?: LogEventsOptions): () => void;

export declare function openTelemetry(caches: CacheSet, api: OpenTelemetryApi, options?: OpenTelemetryOptions): () => void;

export declare function processIdentity(clock: Clock): ProcessIdentity;

export declare function prometheus(caches: CacheSet): PrometheusEndpoint;

export declare function readReports(from: Cache | Store, options?: ReadReportsOptions): Promise<ProcessReport[]>;

export declare function reportProcesses(caches: CacheSet, options?: ReportProcessesOptions): ProcessReporting;

export declare function subscribe(listeners: Listeners): () => void;

// Named above, and exported by no entry:

declare const statuses: readonly ['up', 'degraded', 'down'];

interface InstrumentOptions {
  readonly description: string;
  readonly unit: string;
  readonly advice?: {
    explicitBucketBoundaries: number[];
  };
}

export interface Meter {
  createCounter(name: string, options: InstrumentOptions): {
    add(value: number, of: Values): void;
  };
  createHistogram(name: string, options: InstrumentOptions): {
    record(value: number, of: Values): void;
  };
  createObservableCounter(name: string, options: InstrumentOptions): object;
  createObservableGauge(name: string, options: InstrumentOptions): object;
  addBatchObservableCallback(callback: Observe, instruments: object[]): void;
  removeBatchObservableCallback(callback: Observe, instruments: object[]): void;
}

export type Observe = (result: {
  observe(instrument: object, value: number, of: Values): void;
}) => Promise<void>;

export interface Span {
  spanContext(): {
    traceId: string;
    spanId: string;
    traceFlags: number;
  };
  setStatus(status: {
    code: number;
    message?: string;
  }): unknown;
  setAttribute(name: string, value: string): unknown;
  end(endTime?: number): void;
}

export interface Tracer {
  startSpan(name: string, options: {
    kind: number;
    attributes: Values;
    startTime?: number;
    links?: {
      context: ReturnType<Span['spanContext']>;
    }[];
  }): Span;
}

type Values = Record<string, string | number>;

interface NodeResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(text: string): unknown;
}
