/** What is needed of a data model: `Prisma.dmmf.datamodel` has it, and so has a client itself. */
export interface PrismaDataModel {
  readonly models:
    | readonly (PrismaModel & { readonly name: string })[]
    | Readonly<Record<string, PrismaModel>>
}

/** The slice of a model of a data model that is used. */
export interface PrismaModel {
  /** Its table, where that has another name (`@@map`). */
  readonly dbName?: string | null | undefined
  readonly schema?: string | null | undefined
  readonly fields: readonly PrismaField[]
}

/** The slice of a field of a data model that is used. */
export interface PrismaField {
  readonly name: string
  readonly kind: string
  /** Of a relation, the name of the other model. */
  readonly type: string
  /** Its column, where that has another name (`@map`). */
  readonly dbName?: string | null | undefined
  readonly relationName?: string | null | undefined
}

/** A model by the names that the database has for it. */
export interface MappedModel {
  readonly table: string
  /** Names of fields by those of their columns, in lower case. */
  readonly fields: ReadonlyMap<string, string>
  readonly relations: ReadonlyMap<string, Relation>
}

export interface Relation {
  /** The name of the other model. */
  readonly model: string
  /** The table that holds the pairs, if both sides are lists; which they are, a client does not tell. */
  readonly pairs: string
}

export function mappedModels({ models }: PrismaDataModel): ReadonlyMap<string, MappedModel> {
  const named = Array.isArray(models)
    ? models.map((model): [string, PrismaModel] => [model.name, model])
    : Object.entries<PrismaModel>(models)
  return new Map(named.map(([name, model]) => [name, mapped(name, model)]))
}

function mapped(name: string, { dbName, schema, fields }: PrismaModel): MappedModel {
  const inSchema = (table: string) => (schema ? `${schema}.${table}` : table)
  const relations = fields.flatMap(({ name, type, relationName }): [string, Relation][] =>
    relationName ? [[name, { model: type, pairs: inSchema(`_${relationName}`) }]] : [],
  )
  const columns = fields.filter(({ kind }) => kind !== 'object')
  return {
    table: inSchema(dbName ?? name),
    fields: new Map(columns.map(({ name, dbName }) => [(dbName ?? name).toLowerCase(), name])),
    relations: new Map(relations),
  }
}
