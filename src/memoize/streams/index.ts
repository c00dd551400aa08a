export {
  type MemoizedGenerator,
  type MemoizedResponse,
  type MemoizedStream,
  memoizeGenerator,
  memoizeResponse,
  memoizeStream,
  type ResponseOptions,
  type StreamOptions,
} from './memoize-stream.ts'
