// hotset/web-cache

export interface WebCache {
  match(request: Request | URL | string, options?: WebQuery): Promise<Response | undefined>;
  matchAll(request?: Request | URL | string, options?: WebQuery): Promise<readonly Response[]>;
  add(request: Request | URL | string): Promise<void>;
  addAll(requests: Iterable<Request | URL | string>): Promise<void>;
  put(request: Request | URL | string, response: Response): Promise<void>;
  delete(request: Request | URL | string, options?: WebQuery): Promise<boolean>;
  keys(request?: Request | URL | string, options?: WebQuery): Promise<readonly Request[]>;
}

export interface WebCaches {
  match(request: Request | URL | string, options?: WebQuery & {
    readonly cacheName?: string;
  }): Promise<Response | undefined>;
  has(name: string): Promise<boolean>;
  open(name: string): Promise<WebCache>;
  delete(name: string): Promise<boolean>;
  keys(): Promise<string[]>;
}

export interface WebCachesOptions {
  readonly cache: Cache;
  readonly ttl?: Duration | null | ((response: Response) => Duration | null) | undefined;
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
  readonly clock?: Clock | undefined;
}

export interface WebQuery {
  readonly ignoreSearch?: boolean;
  readonly ignoreMethod?: boolean;
  readonly ignoreVary?: boolean;
}

export declare function webCaches(options: WebCachesOptions): WebCaches;
