// hotset/file-log

export interface FileLogOptions {
  readonly directory: string;
  readonly maxBytes?: number | string | undefined;
}

export declare function fileLog(options: FileLogOptions): WriteLog;
