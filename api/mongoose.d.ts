// hotset/mongoose

export interface MongooseModel {
  readonly collection: object;
}

export interface MongooseSchema {
  on(event: 'init', listener: (model: MongooseModel) => void): unknown;
}

export declare function mongooseChanges(changes: DatabaseChanges): (schema: MongooseSchema) => void;
