import { missingPackage } from '../../drivers/missing-package.ts'

/** The smallest slice of the package `lmdb` that is needed, so that its types are in none of ours. */
export interface Driver {
  open(path: string, options: object): Root
  /** Version of the row that was read last. */
  getLastVersion(): number
}

export interface Table {
  getBinary(key: Uint8Array): Uint8Array | undefined
  getKeys(options: KeyRange): Iterable<Uint8Array>
  put(key: Uint8Array, value: Uint8Array, version?: number): Promise<boolean>
  remove(key: Uint8Array): Promise<boolean>
  /** The puts and removes of `action`, on whatever tables, happen only if the row has this version. */
  ifVersion(key: Uint8Array, version: number, action: () => void): Promise<boolean>
  ifNoExists(key: Uint8Array, action: () => void): Promise<boolean>
  getStats(): object
}

export interface Root extends Table {
  openDB(name: string, options: object): Table
  resetReadTxn(): void
  readerCheck(): number
  readerList(): string
  close(): Promise<void>
}

export interface KeyRange {
  readonly start: Uint8Array
  readonly exclusiveStart?: boolean
  readonly limit: number
}

/** Pages of one tree, and its rows. */
export interface TreeStats {
  readonly treeBranchPageCount: number
  readonly treeLeafPageCount: number
  readonly overflowPages: number
  readonly entryCount: number
}

/** What `getStats` of any table tells, of the table and of the whole file. */
export interface FileStats extends TreeStats {
  readonly root: TreeStats
  readonly free: TreeStats
  readonly lastPageNumber: number
  readonly lastTxnId: number
  readonly numReaders: number
}

export async function loadDriver(): Promise<Driver> {
  try {
    return await import('lmdb')
  } catch (cause) {
    throw missingPackage('The lmdb store', 'lmdb', cause)
  }
}
