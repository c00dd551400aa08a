// hotset/dashboard

export type Access = 'read' | 'write';

export { CacheSet } from 'hotset/telemetry'

export interface Dashboard<R = Request | NodeRequest> {
  fetch(request: R & Request): Promise<Response>;
  node(request: R & NodeRequest, response: NodeResponse): Promise<void>;
  close(): Promise<void>;
}

export interface DashboardOptions<R> {
  readonly authorize?: ((request: R) => Access | false | Promise<Access | false>) | undefined;
  readonly statistics?: KeyStatistics | false | undefined;
  readonly report?: boolean | undefined;
  readonly own?: boolean | undefined;
  readonly clock?: Clock | undefined;
}

export interface NodeRequest extends AsyncIterable<Uint8Array> {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body?: unknown;
}

export interface NodeResponse {
  writeHead(status: number, headers: Record<string, string>): unknown;
  end(text?: string): unknown;
}

export declare function dashboard<R = Request | NodeRequest>(caches: CacheSet, options?: DashboardOptions<R>): Dashboard<R>;
