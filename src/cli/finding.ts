/** One thing that `f2git check` looked at. */
export interface Finding {
  readonly subject: string;
  readonly ok: boolean;
  readonly message: string;
  readonly code?: string;
  /** Nothing is wrong, but somebody should look: it does not do what it says. */
  readonly warning?: true;
}
