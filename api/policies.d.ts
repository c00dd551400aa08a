// hotset/policies

export declare function fifo(): PolicyFactory;

export declare function lru(): PolicyFactory;

export declare function random(): PolicyFactory;

export declare function s3fifo(): PolicyFactory;

export declare function sieve(): PolicyFactory;

export declare function tinylfu(): PolicyFactory;
