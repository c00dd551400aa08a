// hotset/local-bus

export interface LocalBusOptions {
  readonly directory: string;
  readonly maxBytes?: number | string | undefined;
  readonly watch?: boolean | undefined;
  readonly clock?: Clock | undefined;
}

export declare function localBus(options: LocalBusOptions): Bus;
