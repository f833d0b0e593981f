/** What a refresh or a run is doing right now, with real counts. */
export interface Progress {
  readonly step:
    | 'listing'
    | 'fetching'
    | 'saving'
    | 'checking'
    | 'merging'
    | 'preparing'
    | 'writing'
    | 'finishing'
    /** The student's own server, where the file is to be opened; counted in percent. */
    | 'starting';
  readonly done: number;
  /** Absent while nobody knows. */
  readonly total?: number;
  /** Bytes received so far, for `fetching`. */
  readonly bytes?: number;
}

export type OnProgress = (progress: Progress) => void;
