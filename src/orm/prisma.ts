import { ConfigError } from '../kernel/errors.ts'
import { expectOptions } from '../kernel/expect.ts'
import type { DatabaseChanges } from './database-changes.ts'
import { mappedModels, type PrismaDataModel } from './prisma/data-model.ts'
import { modelChanges } from './prisma/model-changes.ts'
import {
  type OpenTransaction,
  OpenTransactions,
  type TransactionEnd,
} from './prisma/open-transactions.ts'
import { readStatements } from './sql/statement.ts'
import type { TableChange } from './table-change.ts'

export type { PrismaDataModel, PrismaField, PrismaModel } from './prisma/data-model.ts'

/** What Prisma's client has been generated from. */
export interface PrismaChangesOptions {
  /** Models with their tables and columns: `Prisma.dmmf.datamodel`. @default what the client itself has */
  readonly dataModel?: PrismaDataModel | undefined
}

/** The slice of a client that is needed. */
export interface ExtensibleClient {
  readonly $extends: unknown
}

/** What a client has that Prisma's own types do not tell of. */
interface Client {
  $extends(extension: object): unknown
  $transaction(work: unknown, options?: unknown): Promise<unknown>
  readonly _runtimeDataModel?: PrismaDataModel
  /** Hands a function the transaction that the client is for. */
  _createPrismaPromise(
    run: (transaction: OpenTransaction | undefined) => Promise<void>,
  ): Promise<void>
}

/** What an operation answers: a batch asks it to be run in its transaction. */
interface ClientPromise extends PromiseLike<unknown> {
  requestTransaction(transaction: OpenTransaction): PromiseLike<unknown>
}

/** What a query extension is given. */
interface Operation {
  readonly model?: string | undefined
  readonly operation: string
  readonly args: unknown
  query(args: unknown): Promise<unknown>
  readonly __internalParams?: {
    readonly transaction?: OpenTransaction | undefined
    readonly dataPath?: readonly string[] | undefined
  }
}

const known: ReadonlySet<string> = new Set(['dataModel'])

/**
 * For `client.$extends(…)`, after all other extensions: what the extended client writes is told to
 * `changes`, once it is committed and before the operation or its transaction resolves. Throws a
 * `ConfigError` where a client does not tell its data model, and none was given.
 */
export function prismaChanges(
  changes: DatabaseChanges,
  options: PrismaChangesOptions = {},
): <C extends ExtensibleClient>(client: C) => C {
  expectOptions('prismaChanges', options, known)
  return <C extends ExtensibleClient>(client: C) => {
    const base: Client = client as C & Client
    const extension = extensionOf(base, changes, dataModelOf(base, options))
    return base.$extends(extension) as C
  }
}

function extensionOf(base: Client, changes: DatabaseChanges, dataModel: PrismaDataModel): object {
  const models = mappedModels(dataModel)
  const transactions = new OpenTransactions(changes)

  async function $allOperations(operation: Operation): Promise<unknown> {
    const { args, query, __internalParams: { transaction, dataPath = [] } = {} } = operation
    const changesOf = (result?: unknown): TableChange[] =>
      operation.model === undefined
        ? statementChanges(args)
        : modelChanges(models, changes.tags, {
            ...operation,
            model: operation.model,
            // `update(…).posts()` answers rows of another model.
            result: dataPath.length > 0 ? undefined : result,
          })
    let result: unknown
    try {
      result = await query(args)
    } catch (error) {
      // Of what fails within a transaction that goes on, a part may have been done.
      if (transaction || !isRefusal(error)) await transactions.tell(transaction, changesOf())
      throw error
    }
    await transactions.tell(transaction, changesOf(result))
    return result
  }

  async function $transaction(this: Client, work: unknown, options?: unknown): Promise<unknown> {
    let end: TransactionEnd | undefined
    let isDone = false
    const started: unknown[] = []
    const watched = Array.isArray(work)
      ? work.map((promise) =>
          watchedPromise(promise, (transaction, answer) => {
            end ??= transactions.begin(transaction)
            started.push(answer)
            isDone = true
          }),
        )
      : async (client: Client): Promise<unknown> => {
          end = transactions.begin(await transactionOf(client))
          const result = await (work as (client: Client) => unknown)(client)
          isDone = true
          return result
        }
    try {
      const result = await base.$transaction.call(this, watched, options)
      await end?.commit()
      return result
    } catch (error) {
      await Promise.allSettled(started)
      // Whether a commit was done all the same, a connection that is lost does not tell.
      if (isDone && !isRefusal(error)) await end?.commit()
      else end?.rollback()
      throw error
    }
  }

  return { name: 'hotset', client: { $transaction }, query: { $allOperations } }
}

/** The promise, which tells with which transaction of a batch it is run. */
function watchedPromise(
  promise: ClientPromise,
  run: (transaction: OpenTransaction, answer: PromiseLike<unknown>) => void,
): ClientPromise {
  // What is none is for Prisma to complain of.
  if (typeof promise?.requestTransaction !== 'function') return promise
  const requestTransaction = (transaction: OpenTransaction) => {
    const answer = promise.requestTransaction(transaction)
    run(transaction, answer)
    return answer
  }
  return Object.create(promise, { requestTransaction: { value: requestTransaction } })
}

async function transactionOf(client: Client): Promise<OpenTransaction> {
  let found: OpenTransaction | undefined
  await client._createPrismaPromise(async (transaction) => {
    found = transaction
  })
  if (found === undefined) throw new ConfigError('This client does not tell its transaction')
  return found
}

function dataModelOf(client: Client, { dataModel }: PrismaChangesOptions): PrismaDataModel {
  const found = dataModel ?? client._runtimeDataModel
  if (found === undefined) {
    throw new ConfigError('Expected `dataModel`, as this client does not tell its data model')
  }
  return found
}

/** Any rows of the tables that raw SQL writes to; a template, or a text and its parameters. */
function statementChanges(args: unknown): TableChange[] {
  const [given] = Array.isArray(args) ? args : [(args as { readonly sql?: unknown })?.sql]
  if (typeof given !== 'string') return []
  return readStatements(given).flatMap((statement) =>
    statement.kind === 'write' ? statement.writes.map(({ table }) => ({ table })) : [],
  )
}

/** Whether an operation failed in a way that leaves no doubt that nothing was done. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  // P2…: the database, or the engine in front of it, said no; P1…: nothing was heard of it.
  return code.startsWith('P2') || error.name === 'PrismaClientValidationError'
}
