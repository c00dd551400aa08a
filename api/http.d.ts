// hotset/http

export type Body = Uint8Array | AsyncIterable<Uint8Array>;

export type FieldLines = readonly string[];

export interface HttpCache {
  readonly name: string;
  handle(request: HttpRequest, origin: Origin, overrides?: Partial<Rules>): Promise<HttpResponse>;
  answerNow(request: RequestHead, overrides?: Partial<Rules>): HttpResponse | undefined;
  purge(what: Purge, options?: {
    readonly soft?: boolean | undefined;
  }): Promise<void>;
  settled(): Promise<void>;
}

export interface HttpCacheOptions {
  readonly cache: Cache;
  readonly profile?: Profile | undefined;
  readonly rules?: Partial<Rules> | undefined;
  readonly name?: string | undefined;
  readonly keyPrefix?: string | undefined;
  readonly maxInFlight?: number | string | undefined;
  readonly clock?: Clock | undefined;
}

export interface HttpRequest extends RequestHead {
  readonly body?: Body | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly background?: boolean | undefined;
}

export interface HttpResponse extends ResponseHead {
  readonly body?: Body | undefined;
}

export type Origin = (request: HttpRequest) => Promise<OriginResponse>;

export interface OriginResponse extends HttpResponse {
  readonly added?: Promise<FieldLines | undefined> | undefined;
}

export type Profile = 'safe' | 'rfc';

export type Purge = {
  readonly url: string;
} | {
  readonly tag: string;
} | {
  readonly group: string;
  readonly origin: string;
};

export interface RequestHead {
  readonly method: string;
  readonly url: string;
  readonly headers: FieldLines;
}

export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly headers: FieldLines;
}

export interface Rules {
  readonly shared: boolean;
  readonly targets: readonly string[];
  readonly methods: readonly string[];
  readonly ttl: number | undefined;
  readonly statuses: readonly number[];
  readonly browserTtl: number;
  readonly cookies: 'bypass' | 'ignore' | readonly string[];
  readonly storeVaryCookie: boolean;
  readonly storeSetCookie: boolean;
  readonly storeNonce: boolean;
  readonly heedReload: boolean;
  readonly heedFreshness: boolean;
  readonly renewInBackground: boolean;
  readonly staleOnDisconnect: number;
  readonly normaliseLanguage: boolean;
  readonly vary: readonly string[];
  readonly tags: readonly string[];
  readonly maxVariants: number;
  readonly maxBodyBytes: number;
}

export declare function createHttpCache(options: HttpCacheOptions): HttpCache;

export declare const profiles: Readonly<Record<Profile, Rules>>;
