// hotset/http-proxy

export interface Proxy {
  listen(port: number, host: string): Promise<AddressInfo>;
  close(): Promise<void>;
}

export interface ProxyOptions {
  readonly origin: string;
  readonly cache: HttpCache;
  readonly timeout?: number | string | undefined;
  readonly trustForwarded?: boolean | undefined;
  readonly purgeToken?: string | undefined;
}

export declare function createProxy(options: ProxyOptions): Proxy;
