/** A client asked for something it cannot have, or not in the protocol: its fault, told to it and nobody else. */
export class ProtocolFault extends Error {
  /** `malformed`: no git client sends this. `refused`: understood, and not given. */
  readonly kind: 'malformed' | 'refused';

  constructor(kind: ProtocolFault['kind'], message: string) {
    super(message);
    this.name = 'ProtocolFault';
    this.kind = kind;
  }
}
