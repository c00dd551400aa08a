import type { Recording, RecordingOptions } from '../../contracts/trace.ts'
import { expectInteger, expectOptions, expectString, invalid } from '../../kernel/expect.ts'
import type { CacheState } from '../state.ts'
import { TraceRecording } from './recording.ts'

const known: ReadonlySet<string> = new Set<keyof RecordingOptions>(['keys', 'maxAccesses'])

/** Begins to write down what is read. */
export function record(state: CacheState, file: string, options: RecordingOptions = {}): Recording {
  state.expectOpen()
  expectString('file', file)
  expectOptions('recording options', options, known)
  const { keys = 'hashed', maxAccesses = 10_000_000 } = options
  if (keys !== 'hashed' && keys !== 'plain') throw invalid('keys', "'hashed' or 'plain'", keys)
  expectInteger('maxAccesses', maxAccesses, 1, Number.MAX_SAFE_INTEGER)
  const { recollection, watch } = state
  const recording = new TraceRecording({
    open: () => state.openTrace(file, keys),
    clock: state.clock,
    maxAccesses,
    onError: (error) => state.failed(error),
    onEnd(ended) {
      watch.recordings.delete(ended)
      if (watch.recordings.size === 0) recollection.watch = undefined
    },
  })
  watch.recordings.add(recording)
  recollection.watch = watch
  return recording
}
