// hotset/toolbar

export { CacheSet } from 'hotset/telemetry'

export interface CallReport {
  readonly verb: string;
  readonly cache: string;
  readonly namespace: string | undefined;
  readonly line: string | undefined;
  readonly caller: string | undefined;
  readonly atMs: number;
  readonly durationMs: number | undefined;
  readonly names: readonly NameReport[];
  readonly nameCount: number;
  readonly within: string | undefined;
  readonly sameKey: number;
  readonly sameLine: number;
}

export interface LoadReport {
  readonly durationMs: number | undefined;
  readonly error: string | undefined;
  readonly of: {
    readonly id: string;
    readonly path: string;
  } | undefined;
}

export interface NameReport {
  readonly name: string;
  readonly outcome: Outcome | undefined;
  readonly tier: Tier | undefined;
  readonly ageMs: number | undefined;
  readonly bytes: number | undefined;
  readonly load: LoadReport | undefined;
  readonly sparedMs: number | undefined;
}

export interface RenewalReport extends Omit<LoadReport, 'of'> {
  readonly cache: string;
  readonly key: string;
}

export interface RequestReport extends RequestStart {
  readonly durationMs: number;
  readonly complete: boolean;
  readonly status: number | undefined;
  readonly cacheStatus: string | undefined;
  readonly totals: Totals;
  readonly calls: readonly CallReport[];
  readonly omittedCalls: number;
  readonly renewals: readonly RenewalReport[];
}

export interface RequestStart {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly startedAt: number;
}

export type RequestSummary = RequestStart & Pick<RequestReport, 'durationMs' | 'complete' | 'status' | 'totals'>;

export interface Toolbar<R = unknown> {
  readonly enabled: boolean;
  express(): ToolbarMiddleware<R>;
  readonly fastify: ToolbarFastifyPlugin;
  koa(): ToolbarKoaMiddleware<R>;
  hono(): ToolbarHonoMiddleware<R>;
  nest(): ToolbarMiddleware<R>;
  requests(): RequestSummary[];
  request(id: string): RequestReport | undefined;
  close(): void;
}

export interface ToolbarFastifyInstance {
  addHook(name: 'onRequest', hook: Hook): unknown;
}

export type ToolbarFastifyPlugin = (instance: ToolbarFastifyInstance, options: unknown, done: () => void) => void;

export interface ToolbarHonoContext {
  readonly req: {
    raw: Request;
  };
  get res(): Response;
  set res(response: Response | undefined);
}

export type ToolbarHonoMiddleware<C = unknown> = (context: C & ToolbarHonoContext, next: () => Promise<void>) => Promise<Response | undefined>;

export interface ToolbarKoaContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  respond?: boolean | undefined;
}

export type ToolbarKoaMiddleware<C = unknown> = (context: C & ToolbarKoaContext, next: () => Promise<unknown>) => Promise<void>;

export type ToolbarMiddleware<R = unknown> = (request: R & IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

export interface ToolbarOptions<R> {
  readonly enabled?: boolean | undefined;
  readonly authorize?: ((request: R) => boolean | Promise<boolean>) | undefined;
  readonly nonce?: ((request: R) => string | undefined) | undefined;
  readonly keep?: number | undefined;
  readonly path?: string | undefined;
  readonly clock?: Clock | undefined;
}

export interface Totals {
  readonly calls: number;
  readonly reads: number;
  readonly hits: number;
  readonly stale: number;
  readonly misses: number;
  readonly coalesced: number;
  readonly cacheMs: number;
  readonly loadMs: number;
  readonly withoutCacheMs: number;
  readonly unknownLoads: number;
}

export declare function toolbar<R = unknown>(caches: CacheSet, options?: ToolbarOptions<R>): Toolbar<R>;

// Named above, and exported by no entry:

interface FastifyReply {
  readonly raw: ServerResponse;
  hijack(): unknown;
}

interface FastifyRequest {
  readonly raw: IncomingMessage;
}

type Hook = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void;
