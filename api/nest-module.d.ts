// hotset/nest-module

export interface HotsetDynamicModule<Imported, Token> {
  module: new () => object;
  global: boolean;
  imports: (Imported | HotsetDynamicModule<Imported, Token>)[];
  providers: HotsetProvider<Token>[];
  exports: string[];
}

export declare class HotsetModule {
  static forRoot(caches: NamedCaches, options?: HotsetModuleOptions): HotsetDynamicModule<never, never>;
  static forRootAsync<Imported = never, Token = never, Injected extends readonly unknown[] = never>(options: HotsetModuleAsyncOptions<Imported, Token, Injected>): HotsetDynamicModule<Imported, Token>;
  static forFeature(...names: readonly string[]): HotsetDynamicModule<never, never>;
}

export interface HotsetModuleAsyncOptions<Imported, Token, Injected extends readonly unknown[]> extends HotsetModuleOptions {
  readonly imports?: readonly Imported[] | undefined;
  readonly inject?: readonly Token[] | undefined;
  readonly useFactory: (...injected: Injected) => NamedCaches | Promise<NamedCaches>;
}

export interface HotsetModuleOptions {
  readonly global?: boolean | undefined;
}

export interface HotsetProvider<Token> {
  provide: string;
  inject: (string | Token)[];
  useFactory: (...injected: never[]) => unknown;
}

export declare function InjectCache(name?: string): InjectDecorator;

export type InjectDecorator = (target: object, key: string | symbol | undefined, index?: number) => void;

export { NamedCaches } from 'hotset'

export declare function cacheToken(name?: string): string;
