// hotset/prisma

export interface ExtensibleClient {
  readonly $extends: unknown;
}

export interface PrismaChangesOptions {
  readonly dataModel?: PrismaDataModel | undefined;
}

export interface PrismaDataModel {
  readonly models: readonly (PrismaModel & {
    readonly name: string;
  })[] | Readonly<Record<string, PrismaModel>>;
}

export interface PrismaField {
  readonly name: string;
  readonly kind: string;
  readonly type: string;
  readonly dbName?: string | null | undefined;
  readonly relationName?: string | null | undefined;
}

export interface PrismaModel {
  readonly dbName?: string | null | undefined;
  readonly schema?: string | null | undefined;
  readonly fields: readonly PrismaField[];
}

export declare function prismaChanges(changes: DatabaseChanges, options?: PrismaChangesOptions): <C extends ExtensibleClient>(client: C) => C;
