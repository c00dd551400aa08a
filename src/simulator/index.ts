/** Entry point `hotset/simulator`: what hit ratio would a cache have had? */
export { hitRatioSvg, type SvgOptions } from './hit-ratio-svg.ts'
export { policyNames } from './policies.ts'
export { parseTrace, readTrace, type TraceOptions } from './read-trace.ts'
export { type SimulateOptions, type SimulationResult, simulate } from './simulate.ts'
export type { SimulatedSize } from './sizes.ts'
export { type Trace, traceOf } from './trace.ts'
export { TraceError } from './trace-error.ts'
export { traceFormats } from './trace-formats.ts'
