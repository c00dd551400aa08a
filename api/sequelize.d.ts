// hotset/sequelize

export interface SequelizeInstance {
  addHook(hook: 'beforeQuery', name: string, listener: SequelizeListener): unknown;
  removeHook(hook: 'beforeQuery', name: string): unknown;
}

export type SequelizeListener = (options: object, query: object) => void;

export declare function sequelizeChanges(sequelize: SequelizeInstance, changes: DatabaseChanges): () => void;
