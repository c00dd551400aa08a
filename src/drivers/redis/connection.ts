import type { OpenEar } from './ear.ts'

/** A part of a command: a string goes out as UTF-8. */
export type Word = string | Buffer

export type CommandName =
  | 'CLUSTER'
  | 'DBSIZE'
  | 'DEL'
  | 'EVAL'
  | 'EVALSHA'
  | 'EXISTS'
  | 'GET'
  | 'GETRANGE'
  | 'INFO'
  | 'MGET'
  | 'PUBLISH'
  | 'SCAN'
  | 'SET'
  | 'SPUBLISH'
  | 'UNLINK'

export type Command = readonly [name: CommandName, ...rest: Word[]]

/** Answers a string of the server as a buffer, and nothing as null; rejects with the server's error. */
export type Send = (command: Command) => Promise<unknown>

/** What a store or a bus needs of a client. Commands sent in one turn share a round trip to each server. */
export interface Connection {
  /** Whether all keys live on one server, so that one command may name several. */
  readonly oneServer: boolean
  /** Sends a command to where the key lives or, if the client was made so, to a replica of that. */
  read(key: string, command: Command): Promise<unknown>
  /** Sends a command to where the key lives. */
  write(key: string, command: Command): Promise<unknown>
  /** A way to each server that holds keys of its own. */
  primaries(): Promise<readonly Send[]>
  /** How to listen to each of these servers, on a connection made for that. */
  ears(): Promise<readonly OpenEar[]>
}
