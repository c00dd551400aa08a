// hotset/memory-log

export interface MemoryLogOptions {
  readonly maxBytes?: number | string | undefined;
}

export declare function memoryLog(options?: MemoryLogOptions): WriteLog;
