// hotset/django

export declare function djangoKeyFunction(keyPrefix?: string): (key: string, prefix: string, version: number) => string;
