// hotset/nest

export declare function CacheControl(options: CacheControlOptions): NestDecorator;

export { CacheControlOptions } from 'hotset/express'

export declare function CachePage(ttl: Duration, options?: Partial<PageOptions<ExpressRequest>>): NestDecorator;

export declare function Conditional(options: ConditionalOptions<ExpressRequest>): NestDecorator;

export { ConditionalOptions } from 'hotset/express'

export declare const HTTP_CACHE = "hotset:http-cache";

export declare class HttpCacheModule {
  static forRoot(options: HttpCacheModuleOptions): NestModule;
}

export interface HttpCacheModuleOptions extends PageOptions<ExpressRequest> {
  readonly ttl?: Duration | undefined;
}

export interface NestContext {
  getType(): string;
  switchToHttp(): {
    getRequest<T>(): T;
    getResponse<T>(): T;
  };
}

export type NestDecorator = (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => void;

export interface NestInterceptor {
  intercept<T extends object>(context: NestContext, next: {
    handle(): T;
  }): Promise<T>;
}

export interface NestModule {
  module: new () => object;
  global: boolean;
  providers: {
    provide: string;
    useValue: unknown;
  }[];
  exports: string[];
}

export declare function NeverCache(): NestDecorator;

export { PageOptions } from 'hotset/express'

export declare function VaryOnCookie(): NestDecorator;

export declare function VaryOnHeaders(...names: readonly string[]): NestDecorator;

export declare function pageInterceptor(ttl: Duration | undefined, options: PageOptions<ExpressRequest>): NestInterceptor;
