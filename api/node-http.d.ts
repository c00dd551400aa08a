// hotset/node-http

export type CachedHandler = NodeHandler & Purging;

export interface CachedOptions extends PageOptions<IncomingMessage> {
  readonly ttl?: Duration | undefined;
  readonly trustProxy?: boolean | undefined;
}

export type NodeHandler = (message: IncomingMessage, response: ServerResponse) => unknown;

export declare function cached(handler: NodeHandler, options: CachedOptions): CachedHandler;
