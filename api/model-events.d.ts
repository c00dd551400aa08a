// hotset/model-events

export type Emitter = {
  on(name: string, listener: Listener): unknown;
  off(name: string, listener: Listener): unknown;
} | {
  addEventListener(name: string, listener: Listener): unknown;
  removeEventListener(name: string, listener: Listener): unknown;
};

export type EventChanges = TableChange | readonly TableChange[] | undefined;

export type EventMap = Readonly<Record<string, (...args: never[]) => EventChanges>>;

export type ModelEvent<M extends EventMap> = {
  [Name in keyof M]: readonly [name: Name, ...args: Parameters<M[Name]>];
}[keyof M];

export interface ModelEvents<M extends EventMap> {
  handle<Name extends keyof M & string>(name: Name, ...args: Parameters<M[Name]>): Promise<void>;
  handleAll(events: readonly ModelEvent<M>[]): Promise<void>;
  listen(emitter: Emitter): () => void;
}

export declare function modelEvents<const M extends EventMap>(changes: DatabaseChanges, map: M): ModelEvents<M>;

// Named above, and exported by no entry:

type Listener = (...args: unknown[]) => unknown;
