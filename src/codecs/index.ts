/*
 * Ids: 1 json, 2 structured, 3 auto, 4 compressed, 5 encrypted; up to 63 they are kept for this package.
 * A validated codec has the id of the one it is around.
 */
export type { Codec } from '../contracts/codec.ts'
export { autoCodec } from './auto.ts'
export { type CompressedOptions, type CompressionMethod, compressed } from './compressed.ts'
export { type EncryptedOptions, type EncryptionKey, encrypted } from './encrypted.ts'
export { isJsonSafe, jsonCodec } from './json.ts'
export { type SchemaIssue, type SchemaResult, type StandardSchema, validated } from './schema.ts'
export type { RegisteredClass } from './structured/classes.ts'
export { type StructuredOptions, structuredCodec } from './structured.ts'
