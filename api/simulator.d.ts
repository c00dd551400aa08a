// hotset/simulator

export interface SimulateOptions {
  readonly policies?: readonly string[] | undefined;
  readonly sizes?: readonly SimulatedSize[] | undefined;
  readonly byWeight?: boolean | undefined;
  readonly seed?: number | undefined;
  readonly threads?: number | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export type SimulatedSize = number | string;

export interface SimulationResult {
  readonly trace: string;
  readonly policy: string;
  readonly size: number;
  readonly requests: number;
  readonly hits: number;
  readonly hitRatio: number;
  readonly byteHitRatio?: number;
}

export interface SvgOptions {
  readonly unit?: string | undefined;
}

export interface Trace {
  readonly name: string;
  readonly keys: Int32Array;
  readonly unique: number;
  readonly weights: Float64Array | undefined;
}

export declare class TraceError extends CacheError {
  readonly file: string;
  readonly line: number | undefined;
  constructor(message: string, file: string, line?: number, options?: ErrorOptions);
}

export interface TraceOptions {
  readonly format?: string | undefined;
  readonly key?: string | number | undefined;
  readonly size?: string | number | undefined;
  readonly onProgress?: ((read: number, total: number) => void) | undefined;
}

export declare function hitRatioSvg(results: readonly SimulationResult[], options?: SvgOptions): string;

export declare function parseTrace(file: string, chunks: AsyncIterable<Uint8Array>, options?: TraceOptions): Promise<Trace>;

export declare const policyNames: readonly string[];

export declare function readTrace(file: string, options?: TraceOptions): Promise<Trace>;

export declare function simulate(trace: Trace, options?: SimulateOptions): Promise<SimulationResult[]>;

export declare const traceFormats: readonly string[];

export declare function traceOf(name: string, keys: Iterable<string | number>): Trace;
