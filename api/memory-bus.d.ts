// hotset/memory-bus

export interface MemoryHub {
  connect(): Bus;
}

export declare function memoryHub(): MemoryHub;
