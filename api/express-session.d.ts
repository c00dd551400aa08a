// hotset/express-session

export interface SessionData {
  cookie?: {
    expires?: Date | string | boolean | null | undefined;
    maxAge?: number | null | undefined;
  };
}

export interface SessionStore {
  get(id: string, callback: Callback<SessionData | undefined>): void;
  set(id: string, session: SessionData, callback?: Callback): void;
  destroy(id: string, callback?: Callback): void;
  touch(id: string, session: SessionData, callback?: Callback): void;
  all(callback: Callback<Record<string, SessionData>>): void;
  length(callback: Callback<number>): void;
  clear(callback?: Callback): void;
}

export interface SessionStoreOptions<Base extends object = object> {
  readonly cache: Cache;
  readonly Store?: (abstract new () => Base) | undefined;
  readonly ttl?: Duration | undefined;
  readonly clock?: Clock | undefined;
}

export declare function sessionStore<Base extends object = object>(options: SessionStoreOptions<Base>): Base & SessionStore;

// Named above, and exported by no entry:

type Callback<T = void> = (error: unknown, value?: T) => void;
