// hotset/codecs

export interface Codec {
  readonly id: number;
  readonly name: string;
  readonly counts?: boolean | undefined;
  encode(value: unknown, key: string): Bytes;
  decode(bytes: Bytes, key: string): unknown;
}

export interface CompressedOptions {
  readonly threshold?: number | string | undefined;
  readonly method?: CompressionMethod | undefined;
  readonly level?: number | undefined;
  readonly maxOutput?: number | string | undefined;
}

export type CompressionMethod = 'deflate' | 'brotli' | 'zstd';

export interface EncryptedOptions {
  readonly keys: readonly EncryptionKey[];
  readonly random?: FillRandom | undefined;
}

export interface EncryptionKey {
  readonly id: string;
  readonly key: Uint8Array | string;
}

export interface RegisteredClass<T = unknown> {
  readonly class: abstract new (...args: never[]) => T;
  encode(instance: T): unknown;
  decode(value: unknown): T;
}

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | {
    readonly key: PropertyKey;
  })[] | undefined;
}

export type SchemaResult = {
  readonly value: unknown;
  readonly issues?: undefined;
} | {
  readonly issues: readonly SchemaIssue[];
};

export interface StandardSchema {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult | Promise<SchemaResult>;
  };
}

export interface StructuredOptions<T = Record<string, unknown>> {
  readonly classes?: {
    readonly [K in keyof T]: RegisteredClass<T[K]>;
  } | undefined;
}

export declare function autoCodec<T>(options?: StructuredOptions<T>): Codec;

export declare function compressed(codec: Codec, options?: CompressedOptions): Codec;

export declare function encrypted(codec: Codec, options: EncryptedOptions): Codec;

export declare function isJsonSafe(value: unknown): boolean;

export declare const jsonCodec: Codec;

export declare function structuredCodec<T>(options?: StructuredOptions<T>): Codec;

export declare function validated(codec: Codec, schema: StandardSchema): Codec;

// Named above, and exported by no entry:

export type FillRandom = (bytes: Uint8Array) => void;
