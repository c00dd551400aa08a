// hotset/fastify

export { CacheControlOptions } from 'hotset/express'

export { ConditionalOptions } from 'hotset/express'

export type FastifyHook<R extends FastifyRequest = FastifyRequest> = PreHandler<R>;

export interface FastifyInstance {
  addHook(name: 'preHandler', hook: PreHandler<FastifyRequest>): unknown;
  addHook(name: 'onSend', hook: OnSend<FastifyRequest>): unknown;
}

export interface FastifyPage<R extends FastifyRequest = FastifyRequest> extends Purging {
  readonly preHandler: PreHandler<R>;
  readonly onSend: OnSend<R>;
}

export type FastifyPlugin = (instance: FastifyInstance, options: unknown, done: () => void) => void;

export interface FastifyReply {
  readonly raw: ServerResponse;
  readonly statusCode: number;
  code(status: number): unknown;
  header(name: string, value: string): unknown;
  headers(values: Readonly<Record<string, string | string[]>>): unknown;
  removeHeader(name: string): unknown;
  getHeaders(): Record<string, FieldValue>;
  send(payload?: unknown): unknown;
  hijack(): unknown;
}

export interface FastifyRequest {
  readonly raw: IncomingMessage;
  readonly protocol: string;
  readonly host: string;
  readonly originalUrl: string;
  readonly server: {
    routing(message: IncomingMessage, response: ServerResponse): void;
  };
}

export { PageOptions } from 'hotset/express'

export { Purging } from 'hotset/express'

export declare const cacheControl: Verbs['cacheControl'];

export declare function cachePage<R extends FastifyRequest = FastifyRequest>(ttl: Duration, options: PageOptions<R>): FastifyPage<R>;

export declare function conditional<R extends FastifyRequest = FastifyRequest>(options: ConditionalOptions<R>): FastifyHook<R>;

export declare function everyRoute({ preHandler, onSend }: FastifyPage): FastifyPlugin;

export declare function httpCache<R extends FastifyRequest = FastifyRequest>(options: PageOptions<R>): FastifyPage<R>;

export declare const neverCache: FastifyHook;

export declare const varyOnCookie: FastifyHook;

export declare const varyOnHeaders: Verbs['varyOnHeaders'];

// Named above, and exported by no entry:

type OnSend<R extends FastifyRequest> = (request: R, reply: FastifyReply, payload: unknown, done: (error: Error | null, payload?: unknown) => void) => void;

type PreHandler<R extends FastifyRequest> = (request: R, reply: FastifyReply, done: (error?: Error) => void) => void;

type Verbs = PageVerbs<FastifyHook>;

type FieldValue = number | string | string[] | undefined;
