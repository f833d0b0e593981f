/** What people do to a notebook between two clicks. Texts are made of words that say who wrote them. */
import { cell, type CellSpec } from './notebooks.ts';

export type Side = 'course' | 'student';

/** A notebook before it is written down. */
export interface Draft {
  readonly cells: CellSpec[];
  metadata: Readonly<Record<string, unknown>>;
}

/** Somebody about to do something to one cell. */
export interface Hand {
  readonly side: Side;
  readonly draft: Draft;
  /** The cell, if there is any. */
  readonly index: number;
  /** Where something goes; which one of several. */
  readonly to: number;
  /** A word nobody used before. */
  readonly word: () => string;
  /** What the course ever published. */
  readonly published: () => readonly Draft[];
}

type Deed = (hand: Hand) => void;

const deedTable = {
  editLine: onCell((target, { to, word }) => {
    const lines = (target.source ?? '').split('\n');
    lines[to % lines.length] = word();
    return { ...target, source: lines.join('\n') };
  }),
  appendLine: onCell((target, { word }) => ({ ...target, source: `${target.source ?? ''}\n${word()}` })),
  rewrite: onCell((target, { word }) => ({ ...target, source: `${word()} all\nnew ${word()}` })),
  fillIn: onCell((target, { word }) => (target.source === '' ? { ...target, source: word() } : target)),
  insert: (hand) => insert(hand, { source: `${hand.word()}\nalso ${hand.word()}` }),
  insertBlank: (hand) => insert(hand, { source: '' }),
  insertCommon: (hand) => insert(hand, { source: 'import numpy' }),
  remove: ({ draft, index }) => void draft.cells.splice(index, 1),
  move: ({ draft, index, to }) => {
    const moved = draft.cells.splice(index, 1);
    draft.cells.splice(to % (draft.cells.length + 1), 0, ...moved);
  },
  run: onCell((target, { word }) => (target.type === 'code' ? { ...target, printed: word(), count: 1 } : target)),
  copy: ({ draft, index, to, word }) => {
    const target = draft.cells[index];
    if (target !== undefined) draft.cells.splice(to % (draft.cells.length + 1), 0, { ...target, id: word() });
  },
  /** Some editors paste a cell with its id. */
  pasteSameId: ({ side, draft, index }) => {
    const target = draft.cells[index];
    if (target !== undefined && side === 'student') draft.cells.splice(index, 0, target);
  },
  /** As in JupyterLab: what only code, or only text, has is gone. */
  changeType: onCell(({ id, type, source = '', metadata = {} }) => {
    return { id, source, metadata, type: type === 'markdown' ? 'code' : 'markdown' };
  }),
  tag: onCell((target, { word }) => ({ ...target, metadata: { ...target.metadata, tags: [word()] } })),
  note: onCell((target, { side, word }) => ({ ...target, metadata: { ...target.metadata, [`tool_${side}`]: word() } })),
  attach: onCell((target, { word }) => {
    if (target.type !== 'markdown') return target;
    const name = word();
    const attachments = { ...target.attachments, [name]: { 'image/png': 'AA==' } };
    return { ...target, source: `${target.source ?? ''}\n![](attachment:${name})`, attachments };
  }),
  newIds: ({ side, draft, word }) => {
    if (side === 'student') return;
    for (const [index, each] of draft.cells.entries()) draft.cells[index] = { ...each, id: word() };
  },
  kernel: ({ side, draft, word }) => {
    draft.metadata = { ...draft.metadata, ...kernelOf(side === 'course' ? 'ir' : 'python3', word()) };
  },
  /** A tab that was open for long saves what the course once had in a cell. */
  saveOldTab: onCell((target, { side, to, published }) => {
    if (side === 'course') return target;
    const versions = published();
    const once = versions[to % versions.length]?.cells.find(({ id }) => id !== undefined && id === target.id);
    if (once?.type !== target.type) return target;
    return { ...target, source: once?.source ?? '' };
  }),
  points: onCell((target, { side, to }) => {
    const nbgrader = target.metadata?.['nbgrader'];
    if (side === 'student' || typeof nbgrader !== 'object') return target;
    return { ...target, metadata: { ...target.metadata, nbgrader: { ...nbgrader, points: to } } };
  }),
} as const satisfies Record<string, Deed>;

export type DeedName = keyof typeof deedTable;

export const deedNames = Object.keys(deedTable) as readonly DeedName[];

/** Does it, if it can be done. */
export function act(name: DeedName, hand: Hand): void {
  deedTable[name](hand);
}

export function kernelOf(name: string, version: string): Readonly<Record<string, unknown>> {
  return { kernelspec: { display_name: version, name }, language_info: { name, version } };
}

function onCell(change: (target: CellSpec, hand: Hand) => CellSpec): Deed {
  return (hand) => {
    const { cells } = hand.draft;
    const target = cells[hand.index];
    if (target !== undefined) cells[hand.index] = change(target, hand);
  };
}

function insert({ draft, to, word }: Hand, { source = '' }: CellSpec): void {
  const name = word();
  const type = name.endsWith('3') ? 'markdown' : 'code';
  draft.cells.splice(to % (draft.cells.length + 1), 0, cell(name, { type, source }));
}
